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
    var host: String { Self.host(of: authority) }
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
    private let authority: String
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
        self.authority = authority
        bodyLength = body.length
        let method = request.method.rawValue
        let form = try Self.form(method: method, body: body)
        self.form = form
        // That of a `post` is copied below; kept here as well it would be there twice.
        self.body = form == .upload ? body.storage : .segments([])

        try Self.checkFiles(of: body)

        var decodes = true
        var removed = Removed.all
        var count = 0
        var size = scheme.utf8.count + 3 + authority.utf8.count + path.utf8.count + 1
        for field in request.headerFields {
            switch Role(of: field.name) {
            case .libcurls: continue
            case .accept: removed.remove(.accept)
            case .contentType: removed.remove(.contentType)
            case .acceptEncoding: decodes = false
            case .other: break
            }
            count += 1
            size += field.name.rawName.utf8.count + (try Self.checkedLength(of: field)) + 3
        }
        self.decodes = decodes
        for (part, line) in Removed.lines where removed.contains(part) {
            count += 1
            size += line.utf8.count + 1
        }

        let impliedMethod =
            switch form {
            case .get: "GET"
            case .head: "HEAD"
            case .post: "POST"
            case .upload: "PUT"
            }
        let customMethod = method == impliedMethod ? nil : method
        if let customMethod { size += customMethod.utf8.count + 1 }
        let nodesSize = unsafe count * MemoryLayout<InferenceCurlLine>.stride
        size += nodesSize
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
        var index = 0
        func link() {
            let line = unsafe (memory + writer.offset).assumingMemoryBound(to: CChar.self)
            let next = unsafe index + 1 < count ? nodes + index + 1 : nil
            unsafe (nodes + index).initialize(to: InferenceCurlLine(text: line, next: next))
            index += 1
        }
        for field in request.headerFields where Role(of: field.name) != .libcurls {
            link()
            writer.write(field.name.rawName)
            unsafe field.withUnsafeBytesOfValue { value in
                writer.write(value.isEmpty ? ";" : ": ")
                unsafe writer.write(value)
            }
            writer.end()
        }
        for (part, line) in Removed.lines where removed.contains(part) {
            link()
            writer.write(line)
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
        guard var scheme = request.scheme else {
            throw TransportError.invalidRequest("The request has no scheme.")
        }
        if scheme != "http", scheme != "https" {
            scheme = scheme.lowercased()
            guard scheme == "http" || scheme == "https" else {
                throw TransportError.invalidRequest("The scheme is neither http nor https.")
            }
        }
        guard let authority = request.authority, !authority.isEmpty else {
            throw TransportError.invalidRequest("The request has no authority.")
        }
        switch authority.utf8.firstByte(of: .notInAuthority) {
        case nil: break
        case UInt8(ascii: "@"): throw TransportError.invalidRequest("The authority contains user information.")
        default: throw TransportError.invalidRequest("The authority is malformed.")
        }
        let path = request.path.flatMap { $0.isEmpty ? nil : $0 } ?? "/"
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw TransportError.invalidRequest("The path does not begin with a slash.")
        }
        guard path.utf8.firstByte(of: .notInPath) == nil else {
            throw TransportError.invalidRequest("The path contains a character that must be escaped.")
        }
        return (scheme, authority, path)
    }

    private static func host(of authority: String) -> String {
        let bytes = authority.utf8
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { return authority }
        let port = bytes[colon...].dropFirst()
        return port.allSatisfy { (0x30...0x39).contains($0) } ? String(authority[..<colon]) : authority
    }

    /// The bytes of a value.
    ///
    /// Refuses what would end the line; `HTTPField` replaces most of it already, but the wire is not the place to trust.
    private static func checkedLength(of field: HTTPField) throws -> Int {
        let (length, isClean) = unsafe field.withUnsafeBytesOfValue { value in
            let isClean = unsafe value.allSatisfy { $0 != 0 && $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
            return (value.count, isClean)
        }
        guard isClean else {
            throw TransportError.invalidRequest(
                "The header field \(field.name.rawName) contains a line break or a NUL."
            )
        }
        return length
    }

    /// What a header field of a caller is to libcurl.
    private enum Role {
        /// Written by libcurl itself.
        case libcurls
        case accept
        case contentType
        case acceptEncoding
        case other

        init(of name: HTTPField.Name) {
            let name = name.canonicalName
            // By its length first: most names differ from all of these in it.
            self =
                switch name.utf8.count {
                case 4: name == "host" ? .libcurls : .other
                case 6: name == "accept" ? .accept : name == "expect" ? .libcurls : .other
                case 12: name == "content-type" ? .contentType : .other
                case 14: name == "content-length" ? .libcurls : .other
                case 15: name == "accept-encoding" ? .acceptEncoding : .other
                case 17: name == "transfer-encoding" ? .libcurls : .other
                default: .other
                }
        }
    }

    /// What libcurl would add on its own, and is told not to unless the caller says it.
    ///
    /// `Expect` costs a second with servers that do not answer it.
    private struct Removed: OptionSet {
        let rawValue: UInt8

        static let expect = Self(rawValue: 1)
        static let accept = Self(rawValue: 2)
        static let contentType = Self(rawValue: 4)
        static let all: Self = [.expect, .accept, .contentType]

        /// The lines that remove each.
        static let lines: [(Self, String)] = [
            (.expect, "Expect:"), (.accept, "Accept:"), (.contentType, "Content-Type:"),
        ]
    }
}

/// A set of ASCII characters, for questions about each byte of a string.
private struct ASCIISet {
    /// Blanks, control characters and DEL, and what begins another part of a URL or the user's name.
    static let notInAuthority = ASCIISet(controlsAnd: "/?#\\@")
    /// As above but for the number sign: a fragment is never sent, so one here means that somebody forgot to escape it.
    static let notInPath = ASCIISet(controlsAnd: "#")

    private var low: UInt64 = 0
    private var high: UInt64 = 0

    private init(controlsAnd others: String) {
        low = (1 << 33) - 1
        high = 1 << 63
        for byte in others.utf8 {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
    }

    func contains(_ byte: UInt8) -> Bool {
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 != 0
    }
}

extension String.UTF8View {
    /// The first byte that is of `set`.
    fileprivate func firstByte(of set: ASCIISet) -> UInt8? {
        let found = unsafe withContiguousStorageIfAvailable { bytes in
            unsafe bytes.first { set.contains($0) }
        }
        return found ?? first { set.contains($0) }
    }
}

extension TransportError {
    /// A request that was not sent at all.
    static func invalidRequest(_ message: String) -> Self {
        Self(.invalidRequest, message, requestMayHaveReachedServer: false)
    }
}
#endif
