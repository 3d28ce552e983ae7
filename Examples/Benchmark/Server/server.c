// The server that inference-bench and its peers are measured against: one thread, epoll, answers made beforehand, so that
// what is measured is the client.
//
//   bench-server            listens on a free port of 127.0.0.1, prints the port, and ends when its standard input does
//
// Whatever is POSTed is read to its end and answered by its path, whose query carries numbers:
//   /v1/chat/completions?chunks=N          N chunks of a chat, one HTTP chunk each, and [DONE]
//   /v1/chat/completions?chunks=N&pace=US  the same, one every US microseconds, each stamped ("created") with the
//                                          nanoseconds of CLOCK_MONOTONIC at which it was sent
//   /v1/chat/completions?idle=1            one chunk, then nothing
//   /vectors?rows=N&columns=N              [[…]] of numbers of 17 digits
//   /v1/embeddings?rows=N&columns=N        the same numbers in OpenAI's form, as base64 of little-endian floats
//   /file?size=N                           N bytes that begin like a PNG
//   anything else                          the labels of a classification
#if !defined(__linux__)
#include <stdio.h>

int main(void) {
    fputs("bench-server: needs Linux\n", stderr);
    return 69;
}
#else
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { IN_CAPACITY = 16 << 10, WORDS = 256, EVENT_CAPACITY = 512, FILE_PIECE = 1 << 20 };

struct connection {
    int fd;
    int writes;             // whether epoll tells when the socket takes bytes
    size_t in_length;       // bytes of a request head that is not complete
    size_t body_left;       // bytes of the request body still to come
    int reading_body;       // whether the head has been read
    // The answer: up to two pieces that stand elsewhere, then what a stream or a file adds.
    const char *piece[2];
    size_t piece_length[2];
    long chunks_left;       // of a stream; -1 when there is none
    long chunks_total;
    int ends_stream;        // whether [DONE] is still to be sent
    int idles;
    long pace;              // microseconds between chunks, or 0
    uint64_t due;           // when the next paced chunk is
    size_t file_left;
    struct connection *next_paced;
    int is_paced;
    char path[512];         // of the request whose body is still to come
    char head[256];
    char own[EVENT_CAPACITY]; // a stamped chunk that the socket has not taken yet
    char in[IN_CAPACITY];
};

static int epoll_fd, timer_fd;
static struct connection *paced;
static char *discard;       // where request bodies go
static char *file_piece;

// MARK: - Answers that are made beforehand

static const char labels[] =
    "[[{\"label\":\"POSITIVE\",\"score\":0.9998656511306763},{\"label\":\"NEGATIVE\",\"score\":0.00013436285371426493}]]";

// The chunks of a chat that say something, as HTTP chunks, one behind the other; chunk n begins at offsets[n].
static char chat[WORDS * EVENT_CAPACITY];
static size_t offsets[WORDS + 1];
static char last_chunk[EVENT_CAPACITY], done_chunk[64];
static size_t last_length, done_length;

static size_t chunk_of(char *out, uint64_t created, const char *delta, const char *reason) {
    char event[EVENT_CAPACITY];
    int length = snprintf(
        event, sizeof event,
        "data: {\"id\":\"chatcmpl-7f1c2ad09e5b4c3d8a6f\",\"object\":\"chat.completion.chunk\",\"created\":%llu,"
        "\"model\":\"org/some-model-8B-Instruct\",\"system_fingerprint\":\"3.3.6-sha-14d5d3f\",\"choices\":[{\"index\":0,"
        "\"delta\":{%s},\"logprobs\":null,\"finish_reason\":%s}]}\n\n",
        (unsigned long long)created, delta, reason);
    return (size_t)snprintf(out, EVENT_CAPACITY, "%x\r\n%s\r\n", length, event);
}

static size_t word_chunk(char *out, uint64_t created, int number) {
    static const char *words[] = {" the", " river", " flows", " under", " old", " bridges", ",", " slowly",
                                  " caf\xC3\xA9", ".", "\\n\\n", " light", " of", " morning", " \\\"and\\\"", " water"};
    char delta[128];
    snprintf(delta, sizeof delta, "\"role\":\"assistant\",\"content\":\"%s%c\"", words[number % 16], 'a' + number / 16);
    return chunk_of(out, created, delta, "null");
}

static void make_chat(void) {
    for (int n = 0; n < WORDS; n++) offsets[n + 1] = offsets[n] + word_chunk(chat + offsets[n], 1732650000, n);
    last_length = chunk_of(last_chunk, 1732650000, "\"content\":\"\"", "\"stop\"");
    done_length = (size_t)snprintf(done_chunk, sizeof done_chunk, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
}

struct vectors {
    long rows, columns;
    char *text;
    size_t length;
};

static uint64_t random_state = 0x9E3779B97F4A7C15u;

// A number in -0.5 ..< 0.5 whose shortest form needs 16 or 17 digits.
static double random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (double)(random_state >> 11) / 9007199254740992.0 - 0.5;
}

static int make_vectors(struct vectors *vectors, long rows, long columns, int base64) {
    if (vectors->text && vectors->rows == rows && vectors->columns == columns) return 1;
    size_t capacity = (size_t)rows * ((size_t)columns * 26 + 64) + 256;
    char *text = malloc(capacity), *out = text;
    float *row = malloc((size_t)columns * sizeof *row + 4);
    if (!text || !row) {
        free(text);
        free(row);
        return 0;
    }
    random_state = 0x9E3779B97F4A7C15u;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out += sprintf(out, base64 ? "{\"object\":\"list\",\"data\":[" : "[");
    for (long r = 0; r < rows; r++) {
        if (r) *out++ = ',';
        if (!base64) {
            *out++ = '[';
            for (long c = 0; c < columns; c++) out += sprintf(out, c ? ",%.17g" : "%.17g", random_number());
            *out++ = ']';
            continue;
        }
        for (long c = 0; c < columns; c++) row[c] = (float)random_number();
        out += sprintf(out, "{\"object\":\"embedding\",\"index\":%ld,\"embedding\":\"", r);
        const unsigned char *bytes = (const unsigned char *)row;
        size_t count = (size_t)columns * sizeof *row;
        for (size_t i = 0; i < count; i += 3) {
            unsigned b0 = bytes[i], b1 = i + 1 < count ? bytes[i + 1] : 0, b2 = i + 2 < count ? bytes[i + 2] : 0;
            *out++ = digits[b0 >> 2];
            *out++ = digits[(b0 & 3) << 4 | b1 >> 4];
            *out++ = i + 1 < count ? digits[(b1 & 15) << 2 | b2 >> 6] : '=';
            *out++ = i + 2 < count ? digits[b2 & 63] : '=';
        }
        *out++ = '"';
        *out++ = '}';
    }
    out += sprintf(out, base64 ? "],\"model\":\"m\",\"usage\":{\"prompt_tokens\":1,\"total_tokens\":1}}" : "]");
    free(row);
    free(vectors->text);
    *vectors = (struct vectors){rows, columns, text, (size_t)(out - text)};
    return 1;
}

// MARK: - Sending

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void forget_pace(struct connection *c) {
    if (!c->is_paced) return;
    for (struct connection **at = &paced; *at; at = &(*at)->next_paced)
        if (*at == c) {
            *at = c->next_paced;
            break;
        }
    c->is_paced = 0;
}

static void drop(struct connection *c) {
    forget_pace(c);
    close(c->fd);
    free(c);
}

// Sets what comes next once both pieces are sent; answers whether there is anything.
static int refill(struct connection *c) {
    if (c->chunks_left > 0 && !c->pace) {
        if (c->chunks_left == 1 && !c->idles) {
            c->piece[0] = last_chunk;
            c->piece_length[0] = last_length;
            c->chunks_left = 0;
        } else {
            // As many as the table holds from here on, but for the last one.
            long first = (c->chunks_total - c->chunks_left) % WORDS, count = c->chunks_left - (c->idles ? 0 : 1);
            if (count > WORDS - first) count = WORDS - first;
            c->piece[0] = chat + offsets[first];
            c->piece_length[0] = offsets[first + count] - offsets[first];
            c->chunks_left -= count;
        }
        return 1;
    }
    if (c->chunks_left == 0 && c->ends_stream) {
        c->piece[0] = done_chunk;
        c->piece_length[0] = done_length;
        c->ends_stream = 0;
        c->chunks_left = -1;
        return 1;
    }
    if (c->file_left > 0) {
        size_t length = c->file_left < FILE_PIECE ? c->file_left : FILE_PIECE;
        c->piece[0] = file_piece;
        c->piece_length[0] = length;
        c->file_left -= length;
        return 1;
    }
    return 0;
}

static void watch(struct connection *c, int writes) {
    if (c->writes == writes) return;
    c->writes = writes;
    struct epoll_event event = {.events = EPOLLIN | (writes ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

// Sends what there is; 0 when the connection is gone, and then it is dropped.
static int send_all(struct connection *c) {
    for (;;) {
        while (c->piece_length[0] || c->piece_length[1]) {
            struct iovec pieces[2];
            int count = 0;
            for (int i = 0; i < 2; i++)
                if (c->piece_length[i]) pieces[count++] = (struct iovec){(void *)c->piece[i], c->piece_length[i]};
            struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
            ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);
            if (sent < 0) {
                if (errno == EINTR) continue;
                if (errno == EAGAIN) {
                    watch(c, 1);
                    return 1;
                }
                drop(c);
                return 0;
            }
            for (int i = 0; i < 2 && sent > 0; i++) {
                size_t taken = (size_t)sent < c->piece_length[i] ? (size_t)sent : c->piece_length[i];
                c->piece[i] += taken;
                c->piece_length[i] -= taken;
                sent -= (ssize_t)taken;
            }
        }
        if (!refill(c)) break;
    }
    watch(c, 0);
    return 1;
}

// Sends the chunks of paced streams that are due, and sets the timer for the next one.
static void serve_paced(void) {
    uint64_t next = 0, time = now();
    for (struct connection *c = paced, *following; c; c = following) {
        following = c->next_paced;
        if (c->due <= time && !c->piece_length[0] && !c->piece_length[1]) {
            c->due += (uint64_t)c->pace * 1000u;
            c->chunks_left -= 1;
            c->piece[0] = c->own;
            c->piece_length[0] = c->chunks_left ? word_chunk(c->own, now(), (int)(c->chunks_left % WORDS))
                                                : chunk_of(c->own, now(), "\"content\":\"\"", "\"stop\"");
            if (!c->chunks_left) {
                forget_pace(c);
                c->pace = 0;
            }
            if (!send_all(c)) continue;
            if (!c->is_paced) continue;
        }
        if (!next || c->due < next) next = c->due;
    }
    if (next && next <= time) next = time + 100000;
    struct itimerspec timer = {.it_value = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)}};
    timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

// MARK: - Requests

static long number_of(const char *query, const char *name, long otherwise) {
    size_t length = strlen(name);
    for (const char *at = query; at && *at; at = strchr(at, '&')) {
        if (*at == '&' || *at == '?') at++;
        if (!strncmp(at, name, length) && at[length] == '=') return strtol(at + length + 1, NULL, 10);
    }
    return otherwise;
}

static void answer_bytes(struct connection *c, const char *type, const char *body, size_t length) {
    c->piece[0] = c->head;
    c->piece_length[0] = (size_t)snprintf(
        c->head, sizeof c->head, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", type, length);
    c->piece[1] = body;
    c->piece_length[1] = length;
}

static int answer(struct connection *c) {
    static struct vectors numbers, coded;
    char *path = c->path, *query = strchr(path, '?');
    if (query) *query++ = 0;
    long rows = number_of(query, "rows", 256), columns = number_of(query, "columns", 1024);
    int has_sizes = rows > 0 && rows <= 65536 && columns > 0 && columns <= 65536 && rows * columns <= 1L << 26;
    if (!strcmp(path, "/v1/chat/completions")) {
        static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        c->piece[0] = head;
        c->piece_length[0] = sizeof head - 1;
        c->idles = (int)number_of(query, "idle", 0);
        c->chunks_total = c->chunks_left = c->idles ? 1 : number_of(query, "chunks", 100);
        if (c->chunks_left < 1) c->chunks_total = c->chunks_left = 1;
        c->ends_stream = !c->idles;
        c->pace = c->idles ? 0 : number_of(query, "pace", 0);
        if (c->pace > 0) {
            // Streams that begin together would send together; real ones do not.
            static unsigned turn;
            c->due = now() + (uint64_t)c->pace * (turn++ % 64) * 1000u / 64u;
            c->next_paced = paced;
            paced = c;
            c->is_paced = 1;
        }
    } else if (!strcmp(path, "/vectors") && has_sizes) {
        if (!make_vectors(&numbers, rows, columns, 0)) return 0;
        answer_bytes(c, "application/json", numbers.text, numbers.length);
    } else if (!strcmp(path, "/v1/embeddings") && has_sizes) {
        if (!make_vectors(&coded, rows, columns, 1)) return 0;
        answer_bytes(c, "application/json", coded.text, coded.length);
    } else if (!strcmp(path, "/file")) {
        long size = number_of(query, "size", 1 << 20);
        answer_bytes(c, "image/png", "", 0);
        c->piece_length[0] = (size_t)snprintf(
            c->head, sizeof c->head, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %ld\r\n\r\n", size);
        c->file_left = size > 0 ? (size_t)size : 0;
    } else {
        answer_bytes(c, "application/json", labels, sizeof labels - 1);
    }
    if (!send_all(c)) return -1;
    if (c->is_paced) serve_paced();
    return 1;
}

// Reads the head at the beginning of `in`; 1 when it was complete, 0 when more must come, -1 when it is none.
static int read_head(struct connection *c) {
    char *end = memmem(c->in, c->in_length, "\r\n\r\n", 4);
    if (!end) return c->in_length == IN_CAPACITY ? -1 : 0;
    *end = 0;
    char *space = memchr(c->in, ' ', (size_t)(end - c->in)), *line = strstr(c->in, "\r\n");
    char *path_end = space ? strchr(space + 1, ' ') : NULL;
    if (!path_end || (size_t)(path_end - space) > sizeof c->path) return -1;
    memcpy(c->path, space + 1, (size_t)(path_end - space - 1));
    c->path[path_end - space - 1] = 0;
    c->body_left = 0;
    for (; line; line = strstr(line, "\r\n")) {
        line += 2;
        if (!strncasecmp(line, "content-length:", 15)) c->body_left = strtoul(line + 15, NULL, 10);
        if (!strncasecmp(line, "transfer-encoding:", 18)) return -1;
        if (!strncasecmp(line, "expect:", 7)) {
            // Without it, libcurl would wait a second.
            static const char go[] = "HTTP/1.1 100 Continue\r\n\r\n";
            if (send(c->fd, go, sizeof go - 1, MSG_NOSIGNAL) < 0) return -1;
        }
    }
    size_t used = (size_t)(end - c->in) + 4, body = c->in_length - used;
    if (body > c->body_left) body = c->body_left;
    c->body_left -= body;
    c->in_length -= used + body;
    memmove(c->in, c->in + used + body, c->in_length);
    return 1;
}

static void serve(struct connection *c, uint32_t events) {
    if ((events & EPOLLOUT) && !send_all(c)) return;
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    for (;;) {
        // The whole buffer for a body that is thrown away, what is free in `in` for a head.
        int in_body = c->reading_body;
        ssize_t got = in_body ? recv(c->fd, discard, c->body_left < FILE_PIECE ? c->body_left : FILE_PIECE, 0)
                              : recv(c->fd, c->in + c->in_length, IN_CAPACITY - c->in_length, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return drop(c);
        if (in_body) c->body_left -= (size_t)got; else c->in_length += (size_t)got;
        if (!c->reading_body) {
            int state = read_head(c);
            if (state < 0) return drop(c);
            if (!state) continue;
            c->reading_body = 1;
        }
        if (c->body_left) continue;
        c->reading_body = 0;
        int state = answer(c);
        if (state == 0) return drop(c);
        // A client sends its next request once it has the answer: there is nothing more to read now.
        return;
    }
}

static void accept_all(int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), yes = 1;
        if (fd < 0) return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        struct connection *c = calloc(1, sizeof *c);
        if (!c) {
            close(fd);
            return;
        }
        c->fd = fd;
        c->chunks_left = -1;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(void) {
    struct rlimit limit;
    if (!getrlimit(RLIMIT_NOFILE, &limit)) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    signal(SIGPIPE, SIG_IGN);
    discard = malloc(FILE_PIECE);
    file_piece = calloc(1, FILE_PIECE);
    if (!discard || !file_piece) return 71;
    memcpy(file_piece, "\x89PNG\r\n\x1A\n", 8);
    make_chat();

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) || listen(listener, 4096) ||
        getsockname(listener, (struct sockaddr *)&address, &length)) {
        perror("bench-server");
        return 71;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    static char the_listener, the_input, the_timer;
    struct { int fd; void *mark; } watched[] = {{listener, &the_listener}, {STDIN_FILENO, &the_input}, {timer_fd, &the_timer}};
    for (int i = 0; i < 3; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = watched[i].mark};
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, watched[i].fd, &event)) {
            perror("bench-server: standard input must be a pipe");
            return 71;
        }
    }
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(epoll_fd, events, 256, -1);
        if (count < 0 && errno != EINTR) return 71;
        int is_due = 0;
        for (int i = 0; i < count; i++) {
            void *mark = events[i].data.ptr;
            if (mark == &the_listener) {
                accept_all(listener);
            } else if (mark == &the_timer) {
                uint64_t times;
                is_due = read(timer_fd, &times, sizeof times) > 0;
            } else if (mark == &the_input) {
                char byte;
                if (read(STDIN_FILENO, &byte, 1) <= 0) return 0;
            } else {
                serve(mark, events[i].events);
            }
        }
        // After the others: it drops connections that an event of this round may still name.
        if (is_due) serve_paced();
    }
}
#endif
