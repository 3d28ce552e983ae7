#if canImport(CInferenceCurl)
import CInferenceCurl
import HTTPTypes

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A checked request, laid out as libcurl wants it in memory that lives as long as the exchange.
///
/// libcurl copies neither the list of header lines nor the body, so both are written into one allocation of our own: the
/// address of an array's storage is no promise of the language.
@safe final class CurlRequest: Sendable {
    /// How libcurl is told the method and the body.
    enum Form: Equatable {
        /// No body.
        case get
        /// No body, and none in the response.
        case head
        /// A body that is sent in one go with the head.
        case post
        /// A body that is read as there is room for it.
        case upload
    }

    /// Larger bodies are read a piece at a time, so that their progress shows; libcurl sends no more with a head.
    static let largestPost = 65_536

    let form: Form
    /// The host, for messages.
    let host: String
    /// Whether TLS is spoken.
    let isSecure: Bool
    /// Whether libcurl decodes the response; `false` when the caller asked for an encoding of its own.
    let decodes: Bool
    /// The body to read, when the form is `upload`.
    let body: RequestBody.Storage
    /// The body's bytes, or `nil` when only its producer knows.
    let bodyLength: Int?

    // Written by `init` only, and freed with the object.
    nonisolated(unsafe) private let memory: UnsafeMutableRawPointer
    private let urlOffset: Int
    private let methodOffset: Int?
    private let bodyOffset: Int

    /// The URL.
    var url: UnsafePointer<CChar> { unsafe string(at: urlOffset) }
    /// The method where the form does not imply it.
    var method: UnsafePointer<CChar>? { unsafe methodOffset.map { unsafe string(at: $0) } }
    /// The header lines.
    var headers: UnsafeMutableRawPointer { unsafe memory }
    /// The body of the form `post`.
    var postFields: UnsafeMutableRawPointer { unsafe memory + bodyOffset }

    init(_ request: HTTPRequest, body: RequestBody) throws {
        let (scheme, authority, path) = try Self.parts(of: request)
        isSecure = scheme == "https"
        host = Self.host(of: authority)
        self.body = body.storage
        bodyLength = body.length
        let method = request.method.rawValue
        let form = try Self.form(method: method, body: body)
        self.form = form

        try Self.checkFiles(of: body)

        // What libcurl would add on its own, unless the caller says it; see performance notes on `Expect`, which costs a
        // second with servers that do not answer it.
        var removed = ["Expect:", "Accept:", "Content-Type:"]
        var fields: [(name: String, field: HTTPField)] = []
        var decodes = true
        for field in request.headerFields {
            switch field.name.canonicalName {
            case "content-length", "host", "transfer-encoding", "expect": continue
            case "accept": removed.removeAll { $0 == "Accept:" }
            case "content-type": removed.removeAll { $0 == "Content-Type:" }
            case "accept-encoding": decodes = false
            default: break
            }
            try Self.check(field)
            fields.append((field.name.rawName, field))
        }
        self.decodes = decodes

        let impliedMethod =
            switch form {
            case .get: "GET"
            case .head: "HEAD"
            case .post: "POST"
            case .upload: "PUT"
            }
        let customMethod = method == impliedMethod ? nil : method
        let count = fields.count + removed.count
        let nodesSize = unsafe count * MemoryLayout<InferenceCurlLine>.stride
        var size = nodesSize + scheme.utf8.count + 3 + authority.utf8.count + path.utf8.count + 1
        if let customMethod { size += customMethod.utf8.count + 1 }
        for (name, field) in fields { size += name.utf8.count + field.length + 3 }
        for name in removed { size += name.utf8.count + 1 }
        var inlineBody: [UInt8] = []
        if form == .post, case .segments(let segments) = body.storage, case .bytes(let bytes)? = segments.first {
            inlineBody = bytes
        }

        let memory = unsafe UnsafeMutableRawPointer.allocate(
            byteCount: size + inlineBody.count,
            alignment: MemoryLayout<InferenceCurlLine>.alignment
        )
        unsafe self.memory = unsafe memory
        var writer = unsafe Writer(memory: memory, offset: nodesSize)
        urlOffset = writer.offset
        writer.write(scheme)
        writer.write("://")
        writer.write(authority)
        writer.write(path)
        writer.end()
        methodOffset = customMethod == nil ? nil : writer.offset
        if let customMethod {
            writer.write(customMethod)
            writer.end()
        }
        // libcurl's quirk: "Name: value" sends, "Name;" sends an empty value, "Name:" leaves libcurl's own line out.
        let nodes = unsafe memory.bindMemory(to: InferenceCurlLine.self, capacity: count)
        for index in 0..<count {
            let line = unsafe (memory + writer.offset).assumingMemoryBound(to: CChar.self)
            let next = unsafe index + 1 < count ? nodes + index + 1 : nil
            unsafe (nodes + index).initialize(to: InferenceCurlLine(text: line, next: next))
            if index < fields.count {
                let (name, field) = fields[index]
                writer.write(name)
                writer.write(field.length == 0 ? ";" : ": ")
                unsafe field.withUnsafeBytesOfValue { unsafe writer.write($0) }
            } else {
                writer.write(removed[index - fields.count])
            }
            writer.end()
        }
        bodyOffset = writer.offset
        unsafe inlineBody.withUnsafeBufferPointer { unsafe writer.write($0) }
        assert(writer.offset <= size + inlineBody.count)
    }

    deinit { unsafe memory.deallocate() }

    private func string(at offset: Int) -> UnsafePointer<CChar> {
        unsafe UnsafePointer((memory + offset).assumingMemoryBound(to: CChar.self))
    }

    /// Appends strings to the layout, whose size was computed from the same strings.
    @safe private struct Writer {
        let memory: UnsafeMutableRawPointer
        var offset: Int

        mutating func write(_ string: String) {
            var string = string
            string.withUTF8 { unsafe write($0) }
        }

        mutating func write(_ bytes: UnsafeBufferPointer<UInt8>) {
            guard let base = bytes.baseAddress else { return }
            unsafe (memory + offset).copyMemory(from: base, byteCount: bytes.count)
            offset += bytes.count
        }

        mutating func end() {
            unsafe (memory + offset).storeBytes(of: 0, as: UInt8.self)
            offset += 1
        }
    }
}

extension CurlRequest {
    private static func form(method: String, body: RequestBody) throws -> Form {
        guard method != "CONNECT" else {
            throw TransportError.invalidRequest("The method CONNECT is not supported.")
        }
        guard body.length != 0 else {
            switch method {
            case "HEAD": return .head
            // Methods that promise a body say that it is empty.
            case "POST", "PUT", "PATCH": return .post
            default: return .get
            }
        }
        guard method != "HEAD" else {
            throw TransportError.invalidRequest("A HEAD request has no body.")
        }
        guard case .segments(let segments) = body.storage, segments.count == 1, case .bytes(let bytes) = segments[0],
            bytes.count <= largestPost
        else { return .upload }
        return .post
    }

    /// Refuses files that are known to fail before anything is sent; they are opened when their turn comes.
    private static func checkFiles(of body: RequestBody) throws {
        guard case .segments(let segments) = body.storage else { return }
        for case .file(let path, _) in segments where unsafe access(path, R_OK) != 0 {
            throw TransportError.invalidRequest("A file of the request body cannot be read (error \(errno)).")
        }
    }

    /// Scheme, authority and path, each free of what would make it something else on the wire.
    private static func parts(of request: HTTPRequest) throws -> (scheme: String, authority: String, path: String) {
        guard let scheme = request.scheme?.lowercased() else {
            throw TransportError.invalidRequest("The request has no scheme.")
        }
        guard scheme == "http" || scheme == "https" else {
            throw TransportError.invalidRequest("The scheme is neither http nor https.")
        }
        guard let authority = request.authority, !authority.isEmpty else {
            throw TransportError.invalidRequest("The request has no authority.")
        }
        guard !authority.utf8.contains(UInt8(ascii: "@")) else {
            throw TransportError.invalidRequest("The authority contains user information.")
        }
        let delimiters = "/?#\\".utf8
        guard authority.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && !delimiters.contains($0) }) else {
            throw TransportError.invalidRequest("The authority is malformed.")
        }
        let path = request.path.flatMap { $0.isEmpty ? nil : $0 } ?? "/"
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw TransportError.invalidRequest("The path does not begin with a slash.")
        }
        // A fragment is never sent; one here means that somebody forgot to escape a number sign.
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "#") }) else {
            throw TransportError.invalidRequest("The path contains a character that must be escaped.")
        }
        return (scheme, authority, path)
    }

    private static func host(of authority: String) -> String {
        guard let colon = authority.utf8.lastIndex(of: UInt8(ascii: ":")) else { return authority }
        let port = authority.utf8[colon...].dropFirst()
        return port.allSatisfy { (0x30...0x39).contains($0) } ? String(authority[..<colon]) : authority
    }

    /// Refuses what would end the line; `HTTPField` replaces most of it already, but the wire is not the place to trust.
    private static func check(_ field: HTTPField) throws {
        let isClean = unsafe field.withUnsafeBytesOfValue { value in
            unsafe value.allSatisfy { $0 != 0 && $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        }
        guard isClean else {
            throw TransportError.invalidRequest(
                "The header field \(field.name.rawName) contains a line break or a NUL."
            )
        }
    }
}

extension HTTPField {
    /// The number of bytes of the value.
    fileprivate var length: Int { unsafe withUnsafeBytesOfValue { $0.count } }
}

extension TransportError {
    /// A request that was not sent at all.
    static func invalidRequest(_ message: String) -> Self {
        Self(.invalidRequest, message, requestMayHaveReachedServer: false)
    }
}
#endif
