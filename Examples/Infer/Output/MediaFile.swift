import InferenceKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The file that a medium goes into, as it arrives.
struct MediaFile {
    /// Where the bytes are streamed to.
    let path: String
    private let task: TaskID
    /// Whether the person has chosen the path; else the name follows the media type, which is known at the end.
    private let isChosen: Bool

    /// Looks for a place before anything is sent: paid work must not be lost for want of a folder.
    init(for task: TaskID, output: String?) throws {
        self.task = task
        isChosen = output != nil
        path = output ?? ".infer-\(getpid())-\(task)"
        guard !path.isEmpty else { throw UsageError("--output", "expected the path of a file") }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard access(folder, W_OK) == 0 else {
            throw UsageError("--output", "the folder cannot be written (\(systemWords(errno)))")
        }
        var info = stat()
        if stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
            throw UsageError("--output", "expected the path of a file, not of a folder")
        }
    }

    /// Removes what a failed call has left under a name that nobody has chosen.
    func discard() {
        if !isChosen { unlink(path) }
    }

    /// Sees to it that the medium is in the file, and tells of it.
    func finish(_ medium: Media) throws -> JSONValue {
        switch medium.source {
        case .url(let url): return ["url": .string(url)]
        case .bytes: try medium.write(to: path)
        case .file: break
        }
        let mediaType = medium.mediaType ?? .octetStream
        let name = isChosen ? path : "\(task).\(mediaType.preferredFileExtension ?? "bin")"
        guard isChosen || rename(path, name) == 0 else { throw OutputFailure("The file \(name)", code: errno) }
        var info = stat()
        guard stat(name, &info) == 0 else { throw OutputFailure("The file \(name)", code: errno) }
        return [
            "file": .string(name), "bytes": .number(JSONNumber(Int(info.st_size))),
            "mediaType": .string(mediaType.rawValue),
        ]
    }

    /// Writes each sound of an answer into a file of its own, `NAME-1.wav` and so on, and tells of them.
    static func write(_ tracks: [AudioTrack], of task: TaskID, output: String?) throws -> JSONValue {
        .array(
            try tracks.enumerated().map { index, track in
                let ending = track.audio.mediaType?.preferredFileExtension ?? "bin"
                let chosen = output.map { path in
                    let dot = path.lastIndex(of: ".").flatMap { path[$0...].contains("/") ? nil : $0 } ?? path.endIndex
                    return tracks.count == 1 ? path : "\(path[..<dot])-\(index + 1)\(path[dot...])"
                }
                let name = chosen ?? "\(task)-\(index + 1).\(ending)"
                try track.audio.write(to: name)
                let file: JSONObject = ["file": .string(name)]
                return .object(file.merging(try JSONObject(json: track.json)))
            }
        )
    }
}
