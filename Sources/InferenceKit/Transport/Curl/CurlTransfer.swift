#if canImport(CInferenceCurl)
import CInferenceCurl

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A libcurl handle, and what the loop knows of the exchange that it carries; touched inside the loop's turns only.
///
/// Handles are used for many exchanges in turn. What all exchanges share is set once, the rest in `begin`.
@safe final class CurlTransfer: CurlDeadlineHolder {
    /// Above so many unread bytes a transfer stops until the reader has taken them.
    ///
    /// A half of `largeHighMark` made streams, embeddings and small calls no slower, and took 8 of the 72 MB of a process with 64 busy
    /// streams.
    static let highMark = 131_072
    /// As `highMark`, when nothing is decoded.
    static let largeHighMark = 262_144
    /// What libcurl reads at once: it may hold so many bytes beyond the mark, or what they decode to.
    static let bufferSize = 65_536
    /// As `bufferSize`, when nothing is decoded.
    static let largeBufferSize = 524_288
    /// What libcurl sends at once of a body that is read; while it reads more, the peer reads too.
    static let uploadBufferSize = 262_144

    @safe let easy: UnsafeMutableRawPointer
    // The loop holds its transfers, and nobody else calls them: it is there whenever one of them runs. Counting
    // references to it in each callback cost more than the callback's work.
    private unowned(unsafe) let loop: CurlLoop
    @safe private let errorBuffer: UnsafeMutablePointer<CChar>

    /// The exchange it carries.
    private(set) var exchange: CurlExchange?
    /// Its place among the transfers that run.
    var index = 0
    /// Whether the loop will flush it at the end of the round.
    var isDirty = false
    var deadline: Int64 = .max
    var deadlineIndex: Int?
    private(set) var clocks = CurlClocks(Timeouts(), start: 0)

    private var head = CurlHeadLines()
    /// The bytes of this round.
    private var pending: [UInt8] = []
    /// The bytes that waited for the reader when last looked at; it may have taken them since.
    private var unread = 0
    private(set) var isPaused = false
    private var isUploadPaused = false
    private(set) var end: CurlEnd?
    /// Why a callback of ours stopped libcurl.
    private var ownError: TransportError?
    private var times: CurlTimes?
    /// The bytes that had been sent, to a proxy, before the request's first.
    private var sentBefore = 0
    private var isDelivered = false
    /// Whether only the close of a TLS connection ends the body, and whether it was the peer's own word.
    private var endsByClose = false
    private var wasClosedProperly = false
    /// The port that the connection has here.
    private var localPort: CInt = 0
    /// The bytes of the body that libcurl has sent, and whether it has read the last.
    private var lastUploaded = 0
    private var isBodyRead = false

    // What the handle was last told, so as not to tell it again.
    private var lastForm = CurlRequest.Form.get
    private var hasCustomMethod = false
    private var decodes = true
    private var offersHTTP2 = false
    private var allowsHTTP2 = false

    init(_ easy: UnsafeMutableRawPointer, loop: CurlLoop, configuration: CurlTransport.Configuration) throws {
        self.easy = unsafe easy
        unsafe self.loop = loop
        errorBuffer = .allocate(capacity: InferenceCurlErrorSize)
        unsafe errorBuffer.initialize(repeating: 0, count: InferenceCurlErrorSize)
        try prepare(configuration)
    }

    deinit {
        unsafe inference_curl_free(easy)
        unsafe errorBuffer.deallocate()
    }

    // MARK: Options

    /// Whether libcurl's HTTP/2 is that from before 8.1, which wants help.
    ///
    /// It drops a response that comes before the request body's end, as a 401 or 413 does, when the server resets the
    /// stream behind it: bodies that are read go over HTTP/1.1. And it keeps the reset of a stream that was given up until
    /// the connection has more to send: see `nudge()`.
    static let hasOldHTTP2 = inference_curl_version() < 0x080100

    /// Whether libcurl trusts a file that is there.
    ///
    /// libcurl reads it once for all connections if no folder is trusted beside it, and otherwise for each.
    private static let trustsDefaultFile: Bool = {
        guard let file = unsafe inference_curl_default_ca_file() else { return false }
        return unsafe access(file, R_OK) == 0
    }()

    /// Sets what no exchange changes.
    private func prepare(_ configuration: CurlTransport.Configuration) throws {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        try set(.noSignal, 1)
        try set(.noProgress, 1)
        try set(.pathAsIs, 1)
        try set(.disallowUser, 1)
        try set(.suppressConnectHeaders, 1)
        try set(.verifyPeer, 1)
        try set(.verifyHost, 2)
        try set(.tlsVersion, InferenceCurlTLS12)
        try set(.keepAlive, 1)
        // The clocks are ours; 0 would mean libcurl's own five minutes.
        try set(.connectTimeout, Int(Int32.max))
        try set(.bufferSize, Self.bufferSize)
        try set(.uploadBufferSize, Self.uploadBufferSize)
        try check(unsafe inference_curl_only_http(easy))
        // So that giving up a name lookup does not hold the loop until the lookup ends; newer than our oldest libcurl.
        unsafe inference_curl_quick_exit(easy)
        try set(.httpVersion, InferenceCurlHTTP11)
        allowsHTTP2 = configuration.httpVersion == .automatic
        try set(.acceptEncoding, "")
        if let file = configuration.caFile { try set(.caFile, file) }
        if configuration.caFile != nil || Self.trustsDefaultFile {
            try check(unsafe inference_curl_set_string(easy, .caFolder, nil))
        }
        if let path = configuration.unixSocketPath { try set(.unixSocket, path) }
        switch configuration.proxy {
        case .environment: break
        case .none: try set(.proxy, "")
        case .url(let url):
            try set(.proxy, url)
            // Otherwise `no_proxy` of the environment would still count.
            try set(.noProxy, "")
        }
        try check(unsafe inference_curl_set_pointer(easy, .share, loop.share))
        try check(unsafe inference_curl_set_pointer(easy, .errorBuffer, errorBuffer))
        let contexts: [InferenceCurlOption] = [
            .private, .writeContext, .headerContext, .readContext, .progressContext,
            .preparedContext,
        ]
        for option in contexts {
            try check(unsafe inference_curl_set_pointer(easy, option, me))
        }
        try check(
            unsafe inference_curl_set_write(easy) { bytes, size, count, me in
                unsafe CurlTransfer.from(me).received(UnsafeRawBufferPointer(start: bytes, count: Int(size * count)))
            }
        )
        try check(
            unsafe inference_curl_set_header(easy) { bytes, size, count, me in
                unsafe CurlTransfer.from(me).receivedHead(
                    UnsafeRawBufferPointer(start: bytes, count: Int(size * count))
                )
            }
        )
        try check(
            unsafe inference_curl_set_read(easy) { bytes, size, count, me in
                unsafe CurlTransfer.from(me).send(UnsafeMutableRawBufferPointer(start: bytes, count: Int(size * count)))
            }
        )
        try check(
            unsafe inference_curl_set_progress(easy) { me, _, _, _, sent in
                unsafe CurlTransfer.from(me).uploaded(Int(sent))
            }
        )
        try check(
            unsafe inference_curl_set_prepared(easy) { me, _, _, _, port in
                unsafe CurlTransfer.from(me).connected(from: port)
            }
        )
    }

    /// Sets what belongs to one exchange, and forgets the one before.
    func begin(_ exchange: CurlExchange, at now: Int64) throws {
        self.exchange = exchange
        unsafe exchange.transfer = self
        head.reset()
        unread = 0
        isPaused = false
        isUploadPaused = false
        end = nil
        ownError = nil
        times = nil
        sentBefore = 0
        isDelivered = false
        lastUploaded = 0
        isBodyRead = false
        if endsByClose, lastForm != .upload { try set(.noProgress, 1) }
        endsByClose = false
        wasClosedProperly = false
        clocks = CurlClocks(exchange.timeouts, start: now)

        let request = exchange.request
        try check(unsafe inference_curl_set_string(easy, .URL, request.url))
        try setForm(request)
        if unsafe request.method != nil || hasCustomMethod {
            try check(unsafe inference_curl_set_string(easy, .customRequest, request.method))
            hasCustomMethod = unsafe request.method != nil
        }
        try check(unsafe inference_curl_set_pointer(easy, .headers, request.headers))
        if (allowsHTTP2 && request.isSecure && !(request.form == .upload && Self.hasOldHTTP2)) != offersHTTP2 {
            offersHTTP2.toggle()
            try set(.httpVersion, offersHTTP2 ? InferenceCurlHTTP2TLS : InferenceCurlHTTP11)
            // To wait for a connection that may turn out to be shared; without TLS it would wait for a whole response.
            try set(.pipeWait, offersHTTP2 ? 1 : 0)
        }
        if request.decodes != decodes {
            decodes = request.decodes
            try check(unsafe inference_curl_set_string(easy, .acceptEncoding, decodes ? "" : nil))
            try set(.decoding, decodes ? 1 : 0)
            try set(.bufferSize, decodes ? Self.bufferSize : Self.largeBufferSize)
        }
    }

    /// Gives the exchange up before libcurl knew of it.
    func abandon() {
        unsafe exchange?.transfer = nil
        exchange = nil
    }

    private func setForm(_ request: CurlRequest) throws {
        if request.form != lastForm {
            if lastForm == .head { try set(.noBody, 0) }
            switch request.form {
            case .get: try set(.get, 1)
            case .head: try set(.noBody, 1)
            case .post: try set(.post, 1)
            case .upload: try set(.upload, 1)
            }
            if (request.form == .upload) != (lastForm == .upload) {
                // Only bodies that are read need libcurl's reports of progress, which cost a call for each event.
                try set(.noProgress, request.form == .upload ? 0 : 1)
            }
            lastForm = request.form
        }
        switch request.form {
        case .get, .head: break
        case .post:
            try check(unsafe inference_curl_set_pointer(easy, .postFields, request.postFields))
            try check(
                unsafe inference_curl_set_size(easy, .postFieldsSize, Int64(request.bodyLength ?? 0))
            )
        case .upload:
            try check(
                unsafe inference_curl_set_size(easy, .uploadSize, Int64(request.bodyLength ?? -1))
            )
        }
    }

    private func set(_ option: InferenceCurlOption, _ value: Int) throws {
        try check(unsafe inference_curl_set_number(easy, option, value))
    }

    private func set(_ option: InferenceCurlOption, _ value: String) throws {
        try check(unsafe inference_curl_set_string(easy, option, value))
    }

    private func check(_ code: InferenceCurlCode) throws {
        guard code == .OK else {
            throw TransportError.invalidRequest("libcurl refused an option of the transport (code \(code.rawValue)).")
        }
    }

    // MARK: libcurl's callbacks

    /// The transfer that libcurl was told as the context of its callbacks.
    static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer {
        guard let context = unsafe context else { preconditionFailure("libcurl lost the context of a callback") }
        return unsafe Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    /// A connection stands.
    ///
    /// libcurl repeats a request by itself when a reused connection dies early; it comes here first,
    /// and is refused unless nothing had been sent.
    private func connected(from port: CInt) -> CInt {
        localPort = port
        let sent = unsafe inference_curl_number(easy, .requestSize)
        if clocks.ready != nil, sent > sentBefore {
            ownError = TransportError(
                .connectionLost,
                "The connection to \(exchange?.request.host ?? "") was lost before the response.",
                requestMayHaveReachedServer: true
            )
            return CInt(InferenceCurlAbortRequest)
        }
        sentBefore = sent
        clocks.connected(at: unsafe loop.now)
        if lastForm != .upload { clocks.requestSent(at: unsafe loop.now) }
        unsafe loop.clocksChanged(self)
        return 0
    }

    private func receivedHead(_ line: UnsafeRawBufferPointer) -> UInt {
        unsafe head.append(line)
        guard head.hasBegun else { return UInt(line.count) }
        if clocks.began == nil {
            clocks.responseBegan(at: unsafe loop.now)
            unsafe loop.clocksChanged(self)
        } else {
            clocks.bytesMoved(at: unsafe loop.now)
        }
        if head.isComplete {
            if let request = exchange?.request, request.isSecure, request.form != .head, head.isEndedByClose {
                endsByClose = true
                unsafe inference_curl_set_number(easy, .noProgress, 0)
            }
            unsafe loop.markDirty(self)
        }
        return UInt(line.count)
    }

    private func received(_ bytes: UnsafeRawBufferPointer) -> UInt {
        guard exchange != nil else { return UInt(bytes.count) }
        let highMark = decodes ? Self.highMark : Self.largeHighMark
        if pending.count + unread >= highMark {
            unread = exchange?.unread ?? 0
            if pending.count + unread >= highMark {
                isPaused = true
                clocks.readerPaused(true, at: unsafe loop.now)
                unsafe loop.markDirty(self)
                return UInt(InferenceCurlPauseWrite)
            }
        }
        unsafe pending.append(contentsOf: bytes)
        // Once in a round: each event of a stream comes alone, and whoever marked it before has told the clocks.
        if !isDirty {
            clocks.bytesMoved(at: unsafe loop.now)
            unsafe loop.markDirty(self)
        }
        return UInt(bytes.count)
    }

    private func send(_ buffer: UnsafeMutableRawBufferPointer) -> UInt {
        guard let upload = exchange?.upload else { return UInt(InferenceCurlAbortRead) }
        switch unsafe upload.read(into: buffer) {
        case .bytes(let count): return UInt(count)
        case .end:
            isBodyRead = true
            return 0
        case .later:
            isUploadPaused = true
            clocks.starved(true, at: unsafe loop.now)
            return UInt(InferenceCurlPauseRead)
        case .failed(let message):
            ownError = TransportError(.requestBodyFailed, message, requestMayHaveReachedServer: wasSent)
            return UInt(InferenceCurlAbortRead)
        }
    }

    private func uploaded(_ sent: Int) -> CInt {
        // Comes after each read, the last one too, and while the connection is still there.
        if endsByClose { wasClosedProperly = unsafe inference_curl_tls_was_closed(easy) != 0 }
        guard sent != lastUploaded else { return 0 }
        lastUploaded = sent
        clocks.bytesMoved(at: unsafe loop.now)
        if isBodyRead || sent == exchange?.request.bodyLength {
            clocks.requestSent(at: unsafe loop.now)
            unsafe loop.clocksChanged(self)
        }
        return 0
    }

    // MARK: The loop

    /// Hands what this round brought to the exchange; `true` when the transfer ended and is free for another.
    func flush() -> Bool {
        isDirty = false
        guard let exchange else { return false }
        if end == nil, head.isComplete, !isDelivered { times = currentTimes }
        let resumes = exchange.deliver(
            head: head.isComplete && !isDelivered ? head.take() : nil,
            body: &pending,
            end: end,
            isPaused: isPaused,
            times: times
        )
        times = nil
        if end != nil {
            unsafe exchange.transfer = nil
            self.exchange = nil
            return true
        }
        isDelivered = isDelivered || head.isComplete
        unread = exchange.unread
        if resumes { resume() }
        return false
    }

    /// Makes libcurl send what the connection still has to send.
    ///
    /// Pausing for a moment does just that. A reader's own pause is lifted by it; `received` then pauses again.
    func nudge() {
        guard end == nil, clocks.ready != nil else { return }
        let sending = isUploadPaused ? CInt(InferenceCurlPausesSending) : 0
        unsafe inference_curl_pause(easy, sending | CInt(InferenceCurlPausesReceiving))
        unsafe inference_curl_pause(easy, sending)
    }

    /// The port that this transfer's connection has here, if it may share the connection with others.
    var sharedPort: CInt? { Self.hasOldHTTP2 && offersHTTP2 && clocks.ready != nil ? localPort : nil }

    /// Lets the connection close with this transfer if no other uses it, or keep itself again.
    func forbidReuse(_ forbids: Bool) {
        unsafe inference_curl_set_number(easy, .forbidReuse, forbids ? 1 : 0)
    }

    /// Lets bytes come again.
    ///
    /// libcurl delivers what it held back from within this call.
    func resume() {
        guard isPaused, end == nil else { return }
        isPaused = false
        unread = 0
        clocks.readerPaused(false, at: unsafe loop.now)
        unsafe loop.clocksChanged(self)
        applyPauses()
    }

    /// Looks at the producer's queue again.
    func resumeUpload() {
        guard end == nil else { return }
        if let failure = exchange?.upload?.queue?.failure {
            unsafe loop.finish(
                self,
                with: .failed(TransportError(.requestBodyFailed, failure, requestMayHaveReachedServer: wasSent))
            )
            return
        }
        guard isUploadPaused else { return }
        isUploadPaused = false
        clocks.starved(false, at: unsafe loop.now)
        unsafe loop.clocksChanged(self)
        applyPauses()
    }

    private func applyPauses() {
        var pauses: CInt = 0
        if isPaused { pauses |= CInt(InferenceCurlPausesReceiving) }
        if isUploadPaused { pauses |= CInt(InferenceCurlPausesSending) }
        let code = unsafe inference_curl_pause(easy, pauses)
        // Not connected, or not any more: then nothing was paused.
        guard code != .OK, code != .badArgument else { return }
        unsafe loop.finish(self, with: outcome(of: code))
    }

    /// Ends the exchange; the handle is no longer the multi handle's.
    func finish(with end: CurlEnd) {
        times = currentTimes
        self.end = end
        exchange?.upload?.close()
    }

    /// What libcurl's result means.
    func outcome(of code: InferenceCurlCode) -> CurlEnd {
        if let ownError { return .failed(ownError) }
        if code == .OK, endsByClose, !wasClosedProperly {
            return .failed(
                TransportError(
                    .cutShort,
                    "TLS with \(exchange?.request.host ?? "") was cut off in a response that only the close ends.",
                    requestMayHaveReachedServer: true
                )
            )
        }
        guard code != .OK || !head.isComplete else { return .complete }
        let failure = unsafe CurlFailure(
            code: code == .OK ? .gotNothing : code,
            host: exchange?.request.host ?? "",
            wasConnected: clocks.ready != nil,
            wasSent: wasSent,
            hasHead: head.isComplete,
            verification: inference_curl_number(easy, .verification),
            systemError: CInt(truncatingIfNeeded: inference_curl_number(easy, .systemError)),
            proxyStatus: inference_curl_number(easy, .connectStatus),
            detail: String(cString: errorBuffer)
        )
        return .failed(failure.error)
    }

    /// Whether any byte of the request may have left; what a proxy was told before does not count.
    var wasSent: Bool {
        guard clocks.ready != nil else { return false }
        return unsafe inference_curl_number(easy, .requestSize) > sentBefore
    }

    private var currentTimes: CurlTimes {
        var times = CurlTimes()
        times.nameLookup = nanoseconds(.nameLookupTime)
        times.connect = nanoseconds(.connectTime)
        times.tls = nanoseconds(.tlsTime)
        times.firstByte = nanoseconds(.firstByteTime)
        // libcurl looks at the clock for each byte that is a first one; the loop's own time is that of its round.
        if times.firstByte < 0, let began = clocks.began { times.firstByte = began - clocks.start }
        times.total = max(unsafe loop.now - clocks.start, times.firstByte, nanoseconds(.totalTime))
        guard clocks.ready != nil else { return times }
        times.isReused = unsafe inference_curl_number(easy, .connections) == 0
        times.version = unsafe inference_curl_number(easy, .httpVersion)
        return times
    }

    private func nanoseconds(_ info: InferenceCurlFact) -> Int64 {
        let microseconds = unsafe inference_curl_size(easy, info)
        return microseconds > 0 ? microseconds * 1_000 : -1
    }
}
#endif
