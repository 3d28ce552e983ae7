import Foundation

/// Files for the local service's tests, made byte by byte so that they check its readers and writers from outside.
enum LocalServiceMedia {
    /// A PNG of 8 by 4 pixels, red, 8-bit RGB, its rows in one stored block of deflate.
    static var redPNG: Data {
        let row: [UInt8] = [0] + (0..<8).flatMap { _ in [220, 40, 40] as [UInt8] }
        let raw = Array(repeatElement(row, count: 4).joined())
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in raw {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        let length = UInt16(raw.count)
        let stored = [0x01, UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8)]
        let stream = [0x78, 0x01] + stored + raw + bytes(high << 16 | low)
        let header = bytes(8) + bytes(4) + [8, 2, 0, 0, 0]
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        return Data(signature + chunk("IHDR", header) + chunk("IDAT", stream) + chunk("IEND", []))
    }

    /// The same in base64.
    static var redPNGBase64: String { redPNG.base64EncodedString() }

    /// A JPEG of which there is only the head: 30 by 20 pixels.
    static var jpegHead: Data {
        Data([0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 20, 0, 30, 1, 1, 0x11, 0, 0xFF, 0xD9])
    }

    /// A WAV of 16-bit mono at 8 kHz: 0.8 s of a loud square wave, 0.4 s of silence, 0.4 s of the wave.
    static var wave: Data {
        var samples: [Int16] = []
        for index in 0..<12_800 {
            let isSilent = (6_400..<9_600).contains(index)
            samples.append(isSilent ? 0 : index / 10 % 2 == 0 ? 9_000 : -9_000)
        }
        var file = Array("RIFF".utf8) + little(36 + samples.count * 2) + Array("WAVEfmt ".utf8)
        file += little(16) + [1, 0, 1, 0] + little(8_000) + little(16_000) + [2, 0, 16, 0]
        file += Array("data".utf8) + little(samples.count * 2)
        for sample in samples { file += [UInt8(truncatingIfNeeded: sample), UInt8(truncatingIfNeeded: sample >> 8)] }
        return Data(file)
    }

    /// Width, height, bit depth and colour type of a PNG whose chunks have right checksums; `nil` for anything else.
    static func header(ofPNG data: Data) -> (width: Int, height: Int, depth: Int, colourType: Int)? {
        let file = [UInt8](data)
        guard file.count > 33, file.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else { return nil }
        func number(_ offset: Int) -> Int { file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        var position = 8
        var types: [String] = []
        while position + 12 <= file.count {
            let length = number(position)
            guard position + 12 + length <= file.count else { return nil }
            let body = Array(file[position + 4..<position + 8 + length])
            guard number(position + 8 + length) == Int(checksum(body)) else { return nil }
            types.append(String(decoding: body.prefix(4), as: UTF8.self))
            position += 12 + length
        }
        guard types.first == "IHDR", types.contains("IDAT"), types.last == "IEND", position == file.count else {
            return nil
        }
        return (number(16), number(20), Int(file[24]), Int(file[25]))
    }

    private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + content
        return bytes(UInt32(content.count)) + body + bytes(checksum(body))
    }

    private static func checksum(_ body: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in body {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return ~value
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func little(_ value: Int) -> [UInt8] {
        [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
