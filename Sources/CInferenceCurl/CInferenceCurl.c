#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "CInferenceCurl.h"

#if defined(__linux__) && __has_include(<curl/curl.h>)
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#define X(name, original, value) _Static_assert((int)original == value, #original " has another value");
INFERENCE_CURL_OPTIONS(X)
INFERENCE_CURL_FACTS(X)
INFERENCE_CURL_CODES(X)
INFERENCE_CURL_LIMITS(X)
INFERENCE_CURL_CONSTANTS(X)
#undef X
_Static_assert(sizeof(InferenceCurlLine) == sizeof(struct curl_slist), "curl_slist has another size");
_Static_assert(offsetof(InferenceCurlLine, text) == offsetof(struct curl_slist, data), "curl_slist is laid out otherwise");
_Static_assert(offsetof(InferenceCurlLine, next) == offsetof(struct curl_slist, next), "curl_slist is laid out otherwise");
_Static_assert(sizeof(curl_off_t) == sizeof(long long), "curl_off_t has another size");

#define SET(option, value) ((InferenceCurlCode)curl_easy_setopt(easy, (CURLoption)(option), (value)))

InferenceCurlCode inference_curl_start(void) {
    // OpenSSL frees its locks in a handler of exit(), while a thread of ours may still be closing a connection; told so
    // before its first use, it leaves them to the system. Asked by name, since libcurl may be built on another library.
    int (*init)(uint64_t, const void *) = (int (*)(uint64_t, const void *))dlsym(RTLD_DEFAULT, "OPENSSL_init_crypto");
    if (init) (void)init(0x00080000, NULL);  // OPENSSL_INIT_NO_ATEXIT
    return (InferenceCurlCode)curl_global_init(CURL_GLOBAL_DEFAULT);
}

void *inference_curl_make(void) { return curl_easy_init(); }

void inference_curl_free(void *easy) { curl_easy_cleanup(easy); }

InferenceCurlCode inference_curl_set_number(void *easy, InferenceCurlOption option, long value) {
    return SET(option, value);
}

InferenceCurlCode inference_curl_set_size(void *easy, InferenceCurlOption option, long long value) {
    return SET(option, (curl_off_t)value);
}

InferenceCurlCode inference_curl_set_string(void *easy, InferenceCurlOption option, const char *value) {
    return SET(option, value);
}

InferenceCurlCode inference_curl_set_pointer(void *easy, InferenceCurlOption option, void *value) {
    return SET(option, value);
}

InferenceCurlCode inference_curl_set_write(void *easy, InferenceCurlTransfer callback) {
    return SET(CURLOPT_WRITEFUNCTION, (curl_write_callback)callback);
}

InferenceCurlCode inference_curl_set_header(void *easy, InferenceCurlTransfer callback) {
    return SET(CURLOPT_HEADERFUNCTION, (curl_write_callback)callback);
}

InferenceCurlCode inference_curl_set_read(void *easy, InferenceCurlTransfer callback) {
    return SET(CURLOPT_READFUNCTION, (curl_read_callback)callback);
}

InferenceCurlCode inference_curl_set_progress(void *easy, InferenceCurlProgress callback) {
    return SET(CURLOPT_XFERINFOFUNCTION, (curl_xferinfo_callback)callback);
}

InferenceCurlCode inference_curl_set_prepared(void *easy, InferenceCurlPrepared callback) {
    return SET(CURLOPT_PREREQFUNCTION, (curl_prereq_callback)callback);
}

InferenceCurlCode inference_curl_only_http(void *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

unsigned inference_curl_version(void) { return curl_version_info(CURLVERSION_NOW)->version_num; }

const char *inference_curl_default_ca_file(void) {
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    return info->age >= CURLVERSION_SEVENTH ? info->cainfo : NULL;
}

int inference_curl_tls_was_closed(void *easy) {
    struct curl_tlssessioninfo *session = NULL;
    int (*get_shutdown)(const void *) = (int (*)(const void *))dlsym(RTLD_DEFAULT, "SSL_get_shutdown");
    if (!get_shutdown || curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK) return -1;
    if (!session || session->backend != CURLSSLBACKEND_OPENSSL || !session->internals) return -1;
    return (get_shutdown(session->internals) & 2) != 0;  // SSL_RECEIVED_SHUTDOWN
}

void inference_curl_quick_exit(void *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    (void)SET(CURLOPT_QUICK_EXIT, 1L);
#else
    (void)easy;
#endif
}

InferenceCurlCode inference_curl_pause(void *easy, int what) { return (InferenceCurlCode)curl_easy_pause(easy, what); }

long inference_curl_number(void *easy, InferenceCurlFact fact) {
    long value = 0;
    return curl_easy_getinfo(easy, (CURLINFO)fact, &value) == CURLE_OK ? value : 0;
}

long long inference_curl_size(void *easy, InferenceCurlFact fact) {
    curl_off_t value = 0;
    return curl_easy_getinfo(easy, (CURLINFO)fact, &value) == CURLE_OK ? value : 0;
}

void *inference_curl_share_make(void) {
    CURLSH *share = curl_share_init();
    if (share) curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return share;
}

void inference_curl_share_free(void *share) { curl_share_cleanup(share); }

void *inference_curl_multi_make(void) { return curl_multi_init(); }

void inference_curl_multi_free(void *multi) { curl_multi_cleanup(multi); }

int inference_curl_multi_limit(void *multi, InferenceCurlLimit limit, long value) {
    return curl_multi_setopt(multi, (CURLMoption)limit, value);
}

int inference_curl_multi_callbacks(
    void *multi, InferenceCurlSocket socket, InferenceCurlTimer timer, void *context) {
    int code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, (curl_socket_callback)socket);
    if (!code) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, (curl_multi_timer_callback)timer);
    if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code;
}

int inference_curl_multi_add(void *multi, void *easy) { return curl_multi_add_handle(multi, easy); }

int inference_curl_multi_remove(void *multi, void *easy) { return curl_multi_remove_handle(multi, easy); }

int inference_curl_multi_assign(void *multi, int socket, void *known) {
    return curl_multi_assign(multi, socket, known);
}

void inference_curl_multi_socket(void *multi, int socket, int ready) {
    int running;
    curl_multi_socket_action(multi, socket, ready, &running);
}

void inference_curl_multi_timeout(void *multi) {
    int running;
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

void *inference_curl_multi_next_done(void *multi, InferenceCurlCode *result) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        char *context = NULL;
        *result = (InferenceCurlCode)message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &context);
        return context;
    }
    return NULL;
}

int inference_poll_make(void) { return epoll_create1(EPOLL_CLOEXEC); }

int inference_poll_watch(int poller, int descriptor, int what, int is_known) {
    struct epoll_event event = {.data.fd = descriptor};
    if (what & InferenceCurlPollIn) event.events |= EPOLLIN;
    if (what & InferenceCurlPollOut) event.events |= EPOLLOUT;
    return epoll_ctl(poller, is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event);
}

int inference_poll_forget(int poller, int descriptor) { return epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, NULL); }

int inference_poll_wait(int poller, InferencePollEvent *events, int capacity, int milliseconds) {
    struct epoll_event ready[64];
    int count = epoll_wait(poller, ready, capacity < 64 ? capacity : 64, milliseconds);
    for (int index = 0; index < count; index++) {
        events[index].descriptor = ready[index].data.fd;
        events[index].ready = (ready[index].events & EPOLLIN ? InferenceCurlReadyIn : 0)
            | (ready[index].events & EPOLLOUT ? InferenceCurlReadyOut : 0)
            | (ready[index].events & (EPOLLERR | EPOLLHUP) ? InferenceCurlReadyError : 0);
    }
    return count;
}

int inference_wake_make(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void inference_wake_send(int descriptor) { eventfd_write(descriptor, 1); }

void inference_wake_clear(int descriptor) {
    eventfd_t count;
    eventfd_read(descriptor, &count);
}

void *inference_lock_make(void) {
    pthread_mutex_t *lock = malloc(sizeof *lock);
    if (lock && pthread_mutex_init(lock, NULL) != 0) {
        free(lock);
        return NULL;
    }
    return lock;
}

void inference_lock_free(void *lock) {
    pthread_mutex_destroy(lock);
    free(lock);
}

void inference_lock_take(void *lock) { pthread_mutex_lock(lock); }

int inference_lock_try(void *lock) { return pthread_mutex_trylock(lock) == 0; }

void inference_lock_give(void *lock) { pthread_mutex_unlock(lock); }

int inference_pipe_block(void) {
    sigset_t pipe, before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    return pthread_sigmask(SIG_BLOCK, &pipe, &before) == 0 && !sigismember(&before, SIGPIPE);
}

void inference_pipe_unblock(void) {
    sigset_t pipe;
    struct timespec none = {0, 0};
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    while (sigtimedwait(&pipe, NULL, &none) < 0 && errno == EINTR) {}
    pthread_sigmask(SIG_UNBLOCK, &pipe, NULL);
}

void inference_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

#endif
