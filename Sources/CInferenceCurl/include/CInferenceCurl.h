// What Swift needs of libcurl and of Linux's epoll, in types of our own: typed wrappers for libcurl's variadic calls, and
// the values of its constants. No logic, no state.
//
// No header of the system is included here on purpose. Swift takes the types of such headers (`timespec`, `pthread_attr_t`)
// for those of the module that it sees them in first, and files that import only the C library then lose their members.
// CInferenceCurl.c checks each value against libcurl's own header.
#pragma once

#define INFERENCE_CURL_OPTIONS(X) \
    X(ErrorBuffer, CURLOPT_ERRORBUFFER, 10010) \
    X(Private, CURLOPT_PRIVATE, 10103) \
    X(Share, CURLOPT_SHARE, 10100) \
    X(WriteContext, CURLOPT_WRITEDATA, 10001) \
    X(HeaderContext, CURLOPT_HEADERDATA, 10029) \
    X(ReadContext, CURLOPT_READDATA, 10009) \
    X(ProgressContext, CURLOPT_XFERINFODATA, 10057) \
    X(PreparedContext, CURLOPT_PREREQDATA, 10313) \
    X(URL, CURLOPT_URL, 10002) \
    X(CustomRequest, CURLOPT_CUSTOMREQUEST, 10036) \
    X(Headers, CURLOPT_HTTPHEADER, 10023) \
    X(PostFields, CURLOPT_POSTFIELDS, 10015) \
    X(AcceptEncoding, CURLOPT_ACCEPT_ENCODING, 10102) \
    X(CAFile, CURLOPT_CAINFO, 10065) \
    X(CAFolder, CURLOPT_CAPATH, 10097) \
    X(UnixSocket, CURLOPT_UNIX_SOCKET_PATH, 10231) \
    X(Proxy, CURLOPT_PROXY, 10004) \
    X(NoProxy, CURLOPT_NOPROXY, 10177) \
    X(PostFieldsSize, CURLOPT_POSTFIELDSIZE_LARGE, 30120) \
    X(UploadSize, CURLOPT_INFILESIZE_LARGE, 30115) \
    X(Get, CURLOPT_HTTPGET, 80) \
    X(NoBody, CURLOPT_NOBODY, 44) \
    X(Post, CURLOPT_POST, 47) \
    X(Upload, CURLOPT_UPLOAD, 46) \
    X(NoSignal, CURLOPT_NOSIGNAL, 99) \
    X(NoProgress, CURLOPT_NOPROGRESS, 43) \
    X(PathAsIs, CURLOPT_PATH_AS_IS, 234) \
    X(DisallowUser, CURLOPT_DISALLOW_USERNAME_IN_URL, 278) \
    X(SuppressConnectHeaders, CURLOPT_SUPPRESS_CONNECT_HEADERS, 265) \
    X(VerifyPeer, CURLOPT_SSL_VERIFYPEER, 64) \
    X(VerifyHost, CURLOPT_SSL_VERIFYHOST, 81) \
    X(TLSVersion, CURLOPT_SSLVERSION, 32) \
    X(KeepAlive, CURLOPT_TCP_KEEPALIVE, 213) \
    X(ConnectTimeout, CURLOPT_CONNECTTIMEOUT_MS, 156) \
    X(BufferSize, CURLOPT_BUFFERSIZE, 98) \
    X(UploadBufferSize, CURLOPT_UPLOAD_BUFFERSIZE, 280) \
    X(HTTPVersion, CURLOPT_HTTP_VERSION, 84) \
    X(PipeWait, CURLOPT_PIPEWAIT, 237) \
    X(ForbidReuse, CURLOPT_FORBID_REUSE, 75) \
    X(Decoding, CURLOPT_HTTP_CONTENT_DECODING, 158)

#define INFERENCE_CURL_FACTS(X) \
    X(RequestSize, CURLINFO_REQUEST_SIZE, 0x20000C) \
    X(Verification, CURLINFO_SSL_VERIFYRESULT, 0x20000D) \
    X(SystemError, CURLINFO_OS_ERRNO, 0x200019) \
    X(ConnectStatus, CURLINFO_HTTP_CONNECTCODE, 0x200016) \
    X(Connections, CURLINFO_NUM_CONNECTS, 0x20001A) \
    X(HTTPVersion, CURLINFO_HTTP_VERSION, 0x20002E) \
    X(NameLookupTime, CURLINFO_NAMELOOKUP_TIME_T, 0x600033) \
    X(ConnectTime, CURLINFO_CONNECT_TIME_T, 0x600034) \
    X(TotalTime, CURLINFO_TOTAL_TIME_T, 0x600032) \
    X(FirstByteTime, CURLINFO_STARTTRANSFER_TIME_T, 0x600036) \
    X(TLSTime, CURLINFO_APPCONNECT_TIME_T, 0x600038)

#define INFERENCE_CURL_CODES(X) \
    X(OK, CURLE_OK, 0) \
    X(UnsupportedProtocol, CURLE_UNSUPPORTED_PROTOCOL, 1) \
    X(FailedInit, CURLE_FAILED_INIT, 2) \
    X(MalformedURL, CURLE_URL_MALFORMAT, 3) \
    X(NotBuiltIn, CURLE_NOT_BUILT_IN, 4) \
    X(ProxyNotResolved, CURLE_COULDNT_RESOLVE_PROXY, 5) \
    X(HostNotResolved, CURLE_COULDNT_RESOLVE_HOST, 6) \
    X(NotConnected, CURLE_COULDNT_CONNECT, 7) \
    X(WeirdReply, CURLE_WEIRD_SERVER_REPLY, 8) \
    X(HTTP2, CURLE_HTTP2, 16) \
    X(PartialFile, CURLE_PARTIAL_FILE, 18) \
    X(ReadError, CURLE_READ_ERROR, 26) \
    X(OutOfMemory, CURLE_OUT_OF_MEMORY, 27) \
    X(TimedOut, CURLE_OPERATION_TIMEDOUT, 28) \
    X(TLSConnect, CURLE_SSL_CONNECT_ERROR, 35) \
    X(BadArgument, CURLE_BAD_FUNCTION_ARGUMENT, 43) \
    X(UnknownOption, CURLE_UNKNOWN_OPTION, 48) \
    X(GotNothing, CURLE_GOT_NOTHING, 52) \
    X(SendError, CURLE_SEND_ERROR, 55) \
    X(ReceiveError, CURLE_RECV_ERROR, 56) \
    X(TLSCertificate, CURLE_SSL_CERTPROBLEM, 58) \
    X(TLSCipher, CURLE_SSL_CIPHER, 59) \
    X(PeerVerification, CURLE_PEER_FAILED_VERIFICATION, 60) \
    X(BadContentEncoding, CURLE_BAD_CONTENT_ENCODING, 61) \
    X(CAFile, CURLE_SSL_CACERT_BADFILE, 77) \
    X(TLSRevocationFile, CURLE_SSL_CRL_BADFILE, 82) \
    X(TLSIssuer, CURLE_SSL_ISSUER_ERROR, 83) \
    X(TLSPin, CURLE_SSL_PINNEDPUBKEYNOTMATCH, 90) \
    X(TLSStatus, CURLE_SSL_INVALIDCERTSTATUS, 91) \
    X(HTTP2Stream, CURLE_HTTP2_STREAM, 92) \
    X(Proxy, CURLE_PROXY, 97)

#define INFERENCE_CURL_LIMITS(X) \
    X(MaxIdle, CURLMOPT_MAXCONNECTS, 6) \
    X(MaxPerHost, CURLMOPT_MAX_HOST_CONNECTIONS, 7) \
    X(MaxConnections, CURLMOPT_MAX_TOTAL_CONNECTIONS, 13) \
    X(MaxStreams, CURLMOPT_MAX_CONCURRENT_STREAMS, 16)

#define INFERENCE_CURL_CONSTANTS(X) \
    X(ErrorSize, CURL_ERROR_SIZE, 256) \
    X(TLS12, CURL_SSLVERSION_TLSv1_2, 6) \
    X(HTTP11, CURL_HTTP_VERSION_1_1, 2) \
    X(HTTP2TLS, CURL_HTTP_VERSION_2TLS, 4) \
    X(PauseWrite, CURL_WRITEFUNC_PAUSE, 0x10000001) \
    X(PauseRead, CURL_READFUNC_PAUSE, 0x10000001) \
    X(AbortRead, CURL_READFUNC_ABORT, 0x10000000) \
    X(AbortRequest, CURL_PREREQFUNC_ABORT, 1) \
    X(PausesReceiving, CURLPAUSE_RECV, 1) \
    X(PausesSending, CURLPAUSE_SEND, 4) \
    X(PollIn, CURL_POLL_IN, 1) \
    X(PollOut, CURL_POLL_OUT, 2) \
    X(PollRemove, CURL_POLL_REMOVE, 4) \
    X(ReadyIn, CURL_CSELECT_IN, 1) \
    X(ReadyOut, CURL_CSELECT_OUT, 2) \
    X(ReadyError, CURL_CSELECT_ERR, 4)

#define INFERENCE_OPEN_ENUM __attribute__((enum_extensibility(open)))

/// Options of a handle.
typedef enum INFERENCE_OPEN_ENUM InferenceCurlOption : int {
#define X(name, original, value) InferenceCurlOption##name = value,
    INFERENCE_CURL_OPTIONS(X)
#undef X
} InferenceCurlOption;

/// What a handle tells of its transfer.
typedef enum INFERENCE_OPEN_ENUM InferenceCurlFact : int {
#define X(name, original, value) InferenceCurlFact##name = value,
    INFERENCE_CURL_FACTS(X)
#undef X
} InferenceCurlFact;

/// Results; there are more than are named here.
typedef enum INFERENCE_OPEN_ENUM InferenceCurlCode : int {
#define X(name, original, value) InferenceCurlCode##name = value,
    INFERENCE_CURL_CODES(X)
#undef X
} InferenceCurlCode;

/// Limits of all transfers together.
typedef enum INFERENCE_OPEN_ENUM InferenceCurlLimit : int {
#define X(name, original, value) InferenceCurlLimit##name = value,
    INFERENCE_CURL_LIMITS(X)
#undef X
} InferenceCurlLimit;

/// Other numbers.
enum {
#define X(name, original, value) InferenceCurl##name = value,
    INFERENCE_CURL_CONSTANTS(X)
#undef X
};

/// A line of a list; laid out as libcurl's own.
typedef struct InferenceCurlLine {
    char *text;
    struct InferenceCurlLine *next;
} InferenceCurlLine;

typedef unsigned long (*InferenceCurlTransfer)(char *bytes, unsigned long size, unsigned long count, void *context);
typedef int (*InferenceCurlProgress)(void *context, long long, long long, long long, long long sent);
typedef int (*InferenceCurlPrepared)(void *context, char *, char *, int, int);
typedef int (*InferenceCurlSocket)(void *easy, int socket, int what, void *context, void *known);
typedef int (*InferenceCurlTimer)(void *multi, long milliseconds, void *context);

/// curl_global_init; to be called once, before any other.
InferenceCurlCode inference_curl_start(void);

// Handles.
void *inference_curl_make(void);
void inference_curl_free(void *easy);
InferenceCurlCode inference_curl_set_number(void *easy, InferenceCurlOption option, long value);
InferenceCurlCode inference_curl_set_size(void *easy, InferenceCurlOption option, long long value);
InferenceCurlCode inference_curl_set_string(void *easy, InferenceCurlOption option, const char *value);
InferenceCurlCode inference_curl_set_pointer(void *easy, InferenceCurlOption option, void *value);
InferenceCurlCode inference_curl_set_write(void *easy, InferenceCurlTransfer callback);
InferenceCurlCode inference_curl_set_header(void *easy, InferenceCurlTransfer callback);
InferenceCurlCode inference_curl_set_read(void *easy, InferenceCurlTransfer callback);
InferenceCurlCode inference_curl_set_progress(void *easy, InferenceCurlProgress callback);
InferenceCurlCode inference_curl_set_prepared(void *easy, InferenceCurlPrepared callback);
/// Allows http and https only; the option's name depends on libcurl's age.
InferenceCurlCode inference_curl_only_http(void *easy);
/// libcurl's version as it runs, such as 0x075801 for 7.88.1.
unsigned inference_curl_version(void);
/// The file of authorities that libcurl was built to trust; NULL when it names none.
const char *inference_curl_default_ca_file(void);
/// Whether the peer has sent TLS's closing alert: 1 or 0, and -1 when that cannot be told. libcurl before 8 takes a close
/// without it for an end. OpenSSL is asked, which is in the process, though its headers may not be on the machine.
int inference_curl_tls_was_closed(void *easy);
/// Does not wait for a name lookup that is given up; does nothing before libcurl 7.87.
void inference_curl_quick_exit(void *easy);
InferenceCurlCode inference_curl_pause(void *easy, int what);
/// A fact that is a number; 0 when it is unknown.
long inference_curl_number(void *easy, InferenceCurlFact fact);
/// A fact that is a size or a time in microseconds; 0 when it is unknown.
long long inference_curl_size(void *easy, InferenceCurlFact fact);

// What handles share; results are 0 when all went well.
void *inference_curl_share_make(void);
void inference_curl_share_free(void *share);
void *inference_curl_multi_make(void);
void inference_curl_multi_free(void *multi);
int inference_curl_multi_limit(void *multi, InferenceCurlLimit limit, long value);
int inference_curl_multi_callbacks(
    void *multi, InferenceCurlSocket socket, InferenceCurlTimer timer, void *context);
int inference_curl_multi_add(void *multi, void *easy);
int inference_curl_multi_remove(void *multi, void *easy);
int inference_curl_multi_assign(void *multi, int socket, void *known);
void inference_curl_multi_socket(void *multi, int socket, int ready);
void inference_curl_multi_timeout(void *multi);
/// The private pointer of a handle that has finished, and its result; NULL when there is no more.
void *inference_curl_multi_next_done(void *multi, InferenceCurlCode *result);

/// A descriptor that can do something; the bits are InferenceCurlReady….
typedef struct InferencePollEvent {
    int descriptor;
    int ready;
} InferencePollEvent;

// epoll and eventfd, which Swift's own C library modules leave out; negative results are failures.
int inference_poll_make(void);
/// Watches for the bits InferenceCurlPollIn and InferenceCurlPollOut.
int inference_poll_watch(int poller, int descriptor, int what, int is_known);
int inference_poll_forget(int poller, int descriptor);
/// Waits for at most `capacity` events, or for milliseconds; forever when negative.
int inference_poll_wait(int poller, InferencePollEvent *events, int capacity, int milliseconds);
int inference_wake_make(void);
void inference_wake_send(int descriptor);
void inference_wake_clear(int descriptor);

// A lock; NULL when there is no memory left, and 1 of _try when it was taken.
void *inference_lock_make(void);
void inference_lock_free(void *lock);
void inference_lock_take(void *lock);
int inference_lock_try(void *lock);
void inference_lock_give(void *lock);

/// Keeps SIGPIPE from the calling thread; 0 when it was so before, and nothing must be undone.
int inference_pipe_block(void);
/// Drops a SIGPIPE that came meanwhile, and lets others come.
void inference_pipe_unblock(void);

/// Names the calling thread, for debuggers.
void inference_name_thread(const char *name);
