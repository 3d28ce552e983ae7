#if canImport(Darwin)

import Dispatch
import Foundation

extension URLSessionUpload {
    /// Calls `ready` at once: there is nothing to prepare.
    func prepare(
        _ configuration: URLSessionTransport.Configuration,
        _ ready: @escaping @Sendable (TransportError?) -> Void
    ) {
        ready(nil)
    }

    /// Gives `request` the stream that its task reads.
    func attach(to request: inout URLRequest, of exchange: URLSessionExchange) {
        request.httpBodyStream = newStream(for: exchange)
    }

    /// A stream of the whole body, from its start; `nil` once a producer has begun, for it is not called twice.
    func newStream(for exchange: URLSessionExchange) -> InputStream? {
        guard let upload = restarted() else { return nil }
        var input: InputStream?
        var output: OutputStream?
        Stream.getBoundStreams(withBufferSize: 64 * 1024, inputStream: &input, outputStream: &output)
        guard let output else { return nil }
        // `write` on a bound stream blocks until its other end was read, so the network slows this queue down.
        nonisolated(unsafe) let end = output  // this queue's alone from here on
        DispatchQueue(label: "InferenceKit.URLSessionUpload").async {
            unsafe upload.copy(to: end, for: exchange)
        }
        return input
    }

    private func copy(to output: OutputStream, for exchange: URLSessionExchange) {
        output.open()
        defer { output.close() }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
        defer { unsafe buffer.deallocate() }
        while true {
            switch unsafe read(into: buffer, starves: exchange.uploadStarves) {
            case .bytes(let count):
                var sent = 0
                while sent < count {
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent..<count])
                    guard let start = unsafe rest.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
                    let taken = unsafe output.write(start, maxLength: rest.count)
                    guard taken > 0 else { return }
                    sent += taken
                }
            case .end:
                return
            case .stopped(let failure):
                if let failure { exchange.fail(failure) }
                return
            }
        }
    }
}

#endif
