extension Media {
    /// The samples a second of a WAV sound, in hertz; `nil` for anything else.
    public var samplingRate: Int? {
        let header: [UInt8]
        switch source {
        case .bytes(let bytes): header = bytes
        // The header stands at the start, behind a few short notes at most.
        case .file(let path): header = (try? InputFile(path: path).prefix(65_536)) ?? []
        case .url: return nil
        }
        return WaveFile(header)?.sampleRate
    }

    /// A WAV sound of samples in `-1...1`, 16 bits each; samples beyond are cut, and those that are no number are silent.
    ///
    /// - Parameters:
    ///   - samples: The samples; those of one moment side by side when there are several channels.
    ///   - samplingRate: Samples a second of each channel, in hertz.
    ///   - channels: The number of channels.
    /// - Returns: The sound.
    public static func wav(samples: [Float], samplingRate: Int, channels: Int = 1) -> Self {
        // What sound libraries write by default; every player reads it, which is not so for floats.
        let whole = samples.map { sample in
            sample.isNaN ? 0 : Int16((min(max(sample, -1), 1) * 32767).rounded())
        }
        return .bytes(WaveFile.encode(whole, sampleRate: samplingRate, channels: channels), mediaType: .wav)
    }

    /// The sound of a reply: bytes, base64, or `{"audio": [[…]], "sampling_rate": …}` as pipelines of transformers
    /// answer, which becomes WAV.
    ///
    /// - Throws: ``JSONMismatch`` when JSON holds no sound.
    init(soundFrom reply: Reply) throws {
        guard reply.isJSON else {
            self = try Media(from: reply, fallback: .flac)
            return
        }
        let json = try reply.json().unwrappingListOfOne()
        guard case .array? = json["audio"], let samples = json["audio"], samples[0]?.stringValue == nil,
            samples[0]?.objectValue == nil
        else {
            self = try Media(json: json, fallback: .flac)
            return
        }
        guard let rate = (json["sampling_rate"] ?? json["sample_rate"])?.doubleValue, (1...10_000_000).contains(rate)
        else {
            throw JSONMismatch(expected: "a number of hertz at \"sampling_rate\"", found: json)
        }
        var tensor = try FloatTensor(json: samples)
        while tensor.rank > 2, tensor.count == 1 { tensor = tensor[0] }
        guard tensor.rank <= 2, let shape = tensor.shape, !tensor.scalars.isEmpty else {
            throw JSONMismatch(expected: "samples of one or several channels at \"audio\"", found: json)
        }
        guard shape.count == 2 else {
            self = .wav(samples: tensor.scalars, samplingRate: Int(rate))
            return
        }
        // `[channel][sample]`; no sound has more channels than samples, so that such a shape is the other way round.
        guard shape[0] <= shape[1] else {
            self = .wav(samples: tensor.scalars, samplingRate: Int(rate), channels: shape[1])
            return
        }
        var samplesByTime: [Float] = []
        samplesByTime.reserveCapacity(tensor.scalars.count)
        for time in 0..<shape[1] {
            for channel in 0..<shape[0] { samplesByTime.append(tensor.scalars[channel * shape[1] + time]) }
        }
        self = .wav(samples: samplesByTime, samplingRate: Int(rate), channels: shape[0])
    }
}
