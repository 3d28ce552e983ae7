import InferenceKit
import TestSupport
import Testing

/// Media that are streamed into a file, whose bytes nobody has held.
struct StreamedMediaTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]

    @Test("The type is told by the first bytes", arguments: ["application/octet-stream", "image/jpeg", "image/png"])
    func type(_ named: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("image")
        let client = testClient(MockTransport(.bytes(Self.png, mediaType: named)))
        let image = try await client.textToImage("x", model: "a/b", options: CallOptions(outputPath: path))
        #expect(image.mediaType == .png)
    }

    @Test("A page in place of a medium is an error")
    func page() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("image")
        let client = testClient(MockTransport(.bytes(Array("<html>".utf8), mediaType: "text/html")))
        let error = await #expect(throws: InferenceError.self) {
            try await client.textToImage("x", model: "a/b", options: CallOptions(outputPath: path))
        }
        #expect(error?.code == .undecodable)
    }
}
