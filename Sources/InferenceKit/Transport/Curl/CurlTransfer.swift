#if canImport(CInferenceCurl)
import CInferenceCurl

/// A libcurl handle, and what the loop knows of the exchange that it carries; lives on the loop's thread.
///
/// Handles are used for many exchanges in turn. What all exchanges share is set once, the rest in `begin`.
@safe final class CurlTransfer: CurlDeadlineHolder {
    /// Above so many unread bytes a transfer stops until the reader has taken them.
    static let highMark = 262_144
    /// What libcurl reads at once: it may hold so many bytes beyond the mark, or what they decode to.
    static let bufferSize = 65_536
    /// As `bufferSize`, when nothing is decoded.
    static let largeBufferSize = 524_288
    /// What libcurl sends at once of a body that is read.
    static let uploadBufferSize = 524_288

    @safe let easy: UnsafeMutableRawPointer
    private unowned let loop: CurlLoop
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
    private var timings: TransferTimings?
    /// The bytes that had been sent, to a proxy, before the request's first.
    private var sentBefore = 0
    private var isDelivered = false
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
        self.loop = loop
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try prepare(configuration)
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe errorBuffer.deallocate()
    }

    // MARK: Options

    /// Sets what no exchange changes.
    private func prepare(_ configuration: CurlTransport.Configuration) throws {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_NOPROGRESS, 1)
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        // The clocks are ours; 0 would mean libcurl's own five minutes.
        try set(CURLOPT_CONNECTTIMEOUT_MS, Int(Int32.max))
        try set(CURLOPT_BUFFERSIZE, Self.bufferSize)
        try set(CURLOPT_UPLOAD_BUFFERSIZE, Self.uploadBufferSize)
        try check(unsafe inference_curl_only_http(easy))
        // So that giving up a name lookup does not hold the loop until the lookup ends; newer than our oldest libcurl.
        _ = unsafe inference_curl_quick_exit(easy)
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        allowsHTTP2 = configuration.httpVersion == .automatic
        try set(CURLOPT_ACCEPT_ENCODING, "")
        if let file = configuration.caFile {
            try set(CURLOPT_CAINFO, file)
            try check(unsafe inference_curl_set_string(easy, CURLOPT_CAPATH, nil))
        }
        if let path = configuration.unixSocketPath { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
        switch configuration.proxy {
        case .environment: break
        case .none: try set(CURLOPT_PROXY, "")
        case .url(let url):
            try set(CURLOPT_PROXY, url)
            // Otherwise `no_proxy` of the environment would still count.
            try set(CURLOPT_NOPROXY, "")
        }
        try check(unsafe inference_curl_set_pointer(easy, CURLOPT_SHARE, loop.share))
        try check(unsafe inference_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorBuffer))
        for option in [
            CURLOPT_PRIVATE, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_XFERINFODATA,
            CURLOPT_PREREQDATA,
        ] {
            try check(unsafe inference_curl_set_pointer(easy, option, me))
        }
        try check(
            unsafe inference_curl_set_write(easy) { bytes, size, count, me in
                unsafe CurlTransfer.from(me).received(UnsafeRawBufferPointer(start: bytes, count: size * count))
            }
        )
        try check(
            unsafe inference_curl_set_header(easy) { bytes, size, count, me in
                unsafe CurlTransfer.from(me).receivedHead(UnsafeRawBufferPointer(start: bytes, count: size * count))
            }
        )
        try check(
            unsafe inference_curl_set_read(easy) { bytes, size, count, me in
                unsafe CurlTransfer.from(me).send(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
            }
        )
        try check(
            unsafe inference_curl_set_progress(easy) { me, _, _, _, sent in
                unsafe CurlTransfer.from(me).uploaded(Int(sent))
            }
        )
        try check(
            unsafe inference_curl_set_prepared(easy) { me, _, _, _, _ in unsafe CurlTransfer.from(me).connected() }
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
        timings = nil
        sentBefore = 0
        isDelivered = false
        lastUploaded = 0
        isBodyRead = false
        clocks = CurlClocks(exchange.timeouts, start: now)

        let request = exchange.request
        try check(unsafe inference_curl_set_string(easy, CURLOPT_URL, request.url))
        try setForm(request)
        if unsafe request.method != nil || hasCustomMethod {
            try check(unsafe inference_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method))
            hasCustomMethod = unsafe request.method != nil
        }
        try check(unsafe inference_curl_set_pointer(easy, CURLOPT_HTTPHEADER, request.headers))
        if (allowsHTTP2 && request.isSecure) != offersHTTP2 {
            offersHTTP2.toggle()
            try set(CURLOPT_HTTP_VERSION, Int(offersHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
            // To wait for a connection that may turn out to be shared; without TLS it would wait for a whole response.
            try set(CURLOPT_PIPEWAIT, offersHTTP2 ? 1 : 0)
        }
        if request.decodes != decodes {
            decodes = request.decodes
            try check(unsafe inference_curl_set_string(easy, CURLOPT_ACCEPT_ENCODING, decodes ? "" : nil))
            try set(CURLOPT_HTTP_CONTENT_DECODING, decodes ? 1 : 0)
            try set(CURLOPT_BUFFERSIZE, decodes ? Self.bufferSize : Self.largeBufferSize)
        }
    }

    /// Gives the exchange up before libcurl knew of it.
    func abandon() {
        unsafe exchange?.transfer = nil
        exchange = nil
    }

    private func setForm(_ request: CurlRequest) throws {
        if request.form != lastForm {
            if lastForm == .head { try set(CURLOPT_NOBODY, 0) }
            switch request.form {
            case .get: try set(CURLOPT_HTTPGET, 1)
            case .head: try set(CURLOPT_NOBODY, 1)
            case .post: try set(CURLOPT_POST, 1)
            case .upload: try set(CURLOPT_UPLOAD, 1)
            }
            if (request.form == .upload) != (lastForm == .upload) {
                // Only bodies that are read need libcurl's reports of progress, which cost a call for each event.
                try set(CURLOPT_NOPROGRESS, request.form == .upload ? 0 : 1)
            }
            lastForm = request.form
        }
        switch request.form {
        case .get, .head: break
        case .post:
            try check(unsafe inference_curl_set_pointer(easy, CURLOPT_POSTFIELDS, request.postFields))
            try check(
                unsafe inference_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.bodyLength ?? 0))
            )
        case .upload:
            try check(
                unsafe inference_curl_set_size(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.bodyLength ?? -1))
            )
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws {
        try check(unsafe inference_curl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws {
        try check(unsafe inference_curl_set_string(easy, option, value))
    }

    private func check(_ code: CURLcode) throws {
        guard code == CURLE_OK else {
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
    private func connected() -> CInt {
        let sent = unsafe inference_curl_get_long(easy, CURLINFO_REQUEST_SIZE)
        if clocks.ready != nil, sent > sentBefore {
            ownError = TransportError(
                .connectionLost,
                "The connection to \(exchange?.request.host ?? "") was lost before the response.",
                requestMayHaveReachedServer: true
            )
            return CURL_PREREQFUNC_ABORT
        }
        sentBefore = sent
        clocks.connected(at: loop.now)
        if lastForm != .upload { clocks.requestSent(at: loop.now) }
        loop.clocksChanged(self)
        return CURL_PREREQFUNC_OK
    }

    private func receivedHead(_ line: UnsafeRawBufferPointer) -> Int {
        unsafe head.append(line)
        guard head.hasBegun else { return line.count }
        if clocks.began == nil {
            clocks.responseBegan(at: loop.now)
            loop.clocksChanged(self)
        } else {
            clocks.bytesMoved(at: loop.now)
        }
        if head.isComplete { loop.markDirty(self) }
        return line.count
    }

    private func received(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let exchange else { return bytes.count }
        if pending.count + unread >= Self.highMark {
            unread = exchange.unread
            if pending.count + unread >= Self.highMark {
                isPaused = true
                clocks.readerPaused(true, at: loop.now)
                loop.markDirty(self)
                return Int(CURL_WRITEFUNC_PAUSE)
            }
        }
        unsafe pending.append(contentsOf: bytes)
        clocks.bytesMoved(at: loop.now)
        loop.markDirty(self)
        return bytes.count
    }

    private func send(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let upload = exchange?.upload else { return Int(CURL_READFUNC_ABORT) }
        switch unsafe upload.read(into: buffer) {
        case .bytes(let count): return count
        case .end:
            isBodyRead = true
            return 0
        case .later:
            isUploadPaused = true
            clocks.starved(true, at: loop.now)
            return Int(CURL_READFUNC_PAUSE)
        case .failed(let message):
            ownError = TransportError(.requestBodyFailed, message, requestMayHaveReachedServer: wasSent)
            return Int(CURL_READFUNC_ABORT)
        }
    }

    private func uploaded(_ sent: Int) -> CInt {
        guard sent != lastUploaded else { return 0 }
        lastUploaded = sent
        clocks.bytesMoved(at: loop.now)
        if isBodyRead || sent == exchange?.request.bodyLength {
            clocks.requestSent(at: loop.now)
            loop.clocksChanged(self)
        }
        return 0
    }

    // MARK: The loop

    /// Hands what this round brought to the exchange; `true` when the transfer ended and is free for another.
    func flush() -> Bool {
        isDirty = false
        guard let exchange else { return false }
        if end == nil, head.isComplete, !isDelivered { timings = currentTimings }
        let resumes = exchange.deliver(
            head: head.isComplete && !isDelivered ? head.take() : nil,
            body: &pending,
            end: end,
            isPaused: isPaused,
            timings: timings
        )
        timings = nil
        isDelivered = isDelivered || head.isComplete
        unread = exchange.unread
        if end != nil {
            unsafe exchange.transfer = nil
            self.exchange = nil
            return true
        }
        if resumes { resume() }
        return false
    }

    /// Lets bytes come again.
    ///
    /// libcurl delivers what it held back from within this call.
    func resume() {
        guard isPaused, end == nil else { return }
        isPaused = false
        unread = 0
        clocks.readerPaused(false, at: loop.now)
        loop.clocksChanged(self)
        applyPauses()
    }

    /// Looks at the producer's queue again.
    func resumeUpload() {
        guard end == nil else { return }
        if let failure = exchange?.upload?.queue?.failure {
            loop.finish(
                self,
                with: .failed(TransportError(.requestBodyFailed, failure, requestMayHaveReachedServer: wasSent))
            )
            return
        }
        guard isUploadPaused else { return }
        isUploadPaused = false
        clocks.starved(false, at: loop.now)
        loop.clocksChanged(self)
        applyPauses()
    }

    private func applyPauses() {
        var pauses: CInt = 0
        if isPaused { pauses |= CURLPAUSE_RECV }
        if isUploadPaused { pauses |= CURLPAUSE_SEND }
        let code = unsafe curl_easy_pause(easy, pauses)
        // Not connected, or not any more: then nothing was paused.
        guard code != CURLE_OK, code != CURLE_BAD_FUNCTION_ARGUMENT else { return }
        loop.finish(self, with: outcome(of: code))
    }

    /// Ends the exchange; the handle is no longer the multi handle's.
    func finish(with end: CurlEnd) {
        timings = currentTimings
        self.end = end
        exchange?.upload?.close()
    }

    /// What libcurl's result means.
    func outcome(of code: CURLcode) -> CurlEnd {
        if let ownError { return .failed(ownError) }
        guard code != CURLE_OK || !head.isComplete else { return .complete }
        let failure = unsafe CurlFailure(
            code: code == CURLE_OK ? CURLE_GOT_NOTHING : code,
            host: exchange?.request.host ?? "",
            wasConnected: clocks.ready != nil,
            wasSent: wasSent,
            hasHead: head.isComplete,
            verification: inference_curl_get_long(easy, CURLINFO_SSL_VERIFYRESULT),
            systemError: CInt(truncatingIfNeeded: inference_curl_get_long(easy, CURLINFO_OS_ERRNO)),
            proxyStatus: inference_curl_get_long(easy, CURLINFO_HTTP_CONNECTCODE),
            detail: String(cString: errorBuffer)
        )
        return .failed(failure.error)
    }

    /// Whether any byte of the request may have left; what a proxy was told before does not count.
    var wasSent: Bool {
        guard clocks.ready != nil else { return false }
        return unsafe inference_curl_get_long(easy, CURLINFO_REQUEST_SIZE) > sentBefore
    }

    private var currentTimings: TransferTimings {
        var timings = TransferTimings()
        timings.nameLookup = duration(CURLINFO_NAMELOOKUP_TIME_T)
        timings.connect = duration(CURLINFO_CONNECT_TIME_T)
        timings.tls = duration(CURLINFO_APPCONNECT_TIME_T)
        timings.firstByte = clocks.began.map { .nanoseconds($0 - clocks.start) }
        timings.total = .nanoseconds(loop.now - clocks.start)
        guard clocks.ready != nil else { return timings }
        timings.reusedConnection = unsafe inference_curl_get_long(easy, CURLINFO_NUM_CONNECTS) == 0
        timings.httpVersion =
            switch unsafe inference_curl_get_long(easy, CURLINFO_HTTP_VERSION) {
            case 1: "http/1.0"
            case 2: "http/1.1"
            case 3: "h2"
            default: nil
            }
        return timings
    }

    private func duration(_ info: CURLINFO) -> Duration? {
        let microseconds = unsafe inference_curl_get_size(easy, info)
        return microseconds > 0 ? .microseconds(microseconds) : nil
    }
}
#endif
