// libcurl, and nothing else: what a C program pays for the same work. The answers' bytes are counted, not read.
//
//   raw small|stream|download|upload|idle URL CONCURRENCY COUNT [FILE]
//
// COUNT is that of requests; of `stream` and `idle`, CONCURRENCY streams are open at once. Prints one JSON object with the
// members that inference-bench prints. BUFFER=n in the environment sets libcurl's two buffers; its defaults otherwise.
#define _GNU_SOURCE
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char small_body[] = "{\"inputs\":\"I like you. I love you, and the hotel was lovely.\"}";
static const char chat_body[] =
    "{\"model\":\"org/model\",\"messages\":[{\"role\":\"user\",\"content\":\"What flows under the old bridges of the "
    "town?\"}],\"stream\":true}";

struct transfer {
    CURL *easy;
    uint64_t start;
    long number;
    int has_begun;
};

static uint64_t *latencies;
static long latency_count, latency_capacity, lines, chunks;
static long long bytes;
static int is_paced, is_idle, is_stream, began;
static FILE *file;

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void add_latency(uint64_t value) {
    if (latency_count == latency_capacity) {
        latency_capacity = latency_capacity ? latency_capacity * 2 : 1 << 16;
        latencies = realloc(latencies, (size_t)latency_capacity * sizeof *latencies);
        if (!latencies) exit(71);
    }
    latencies[latency_count++] = value;
}

static size_t take(char *data, size_t one, size_t count, void *context) {
    struct transfer *transfer = context;
    size_t length = one * count;
    bytes += (long long)length;
    if (file) return fwrite(data, 1, length, file);
    if (is_stream) {
        if (!transfer->has_begun) {
            transfer->has_begun = 1;
            began++;
            if (!is_paced) add_latency(now(CLOCK_MONOTONIC) - transfer->start);
        }
        for (char *at = data; (at = memchr(at, '\n', length - (size_t)(at - data))); at++) lines++;
        if (is_paced) {
            // One chunk in each call: the server sends them one by one.
            char *stamp = memmem(data, length, "\"created\":", 10);
            if (stamp) add_latency(now(CLOCK_MONOTONIC) - strtoull(stamp + 10, NULL, 10));
        }
    }
    return length;
}

static long resident(void) {
    long pages = 0, all;
    FILE *facts = fopen("/proc/self/statm", "r");
    if (facts) {
        if (fscanf(facts, "%ld %ld", &all, &pages) != 2) pages = 0;
        fclose(facts);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

static long peak(void) {
    char line[256];
    long value = 0;
    FILE *facts = fopen("/proc/self/status", "r");
    while (facts && fgets(line, sizeof line, facts))
        if (sscanf(line, "VmHWM: %ld", &value) == 1) break;
    if (facts) fclose(facts);
    return value << 10;
}

static int by_value(const void *one, const void *other) {
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return a < b ? -1 : a > b;
}

static struct curl_slist *fields, *file_fields;
static const char *url, *upload_path, *body;
static long body_length, upload_size, buffer;
static FILE **upload_files;

static void prepare(struct transfer *transfer, CURL *easy) {
    transfer->easy = easy;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    // Over plain HTTP it would wait for the first answer to end.
    if (!strncmp(url, "https:", 6)) curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    if (getenv("CA_FILE")) curl_easy_setopt(easy, CURLOPT_CAINFO, getenv("CA_FILE"));
    if (buffer) {
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, buffer);
        curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, buffer);
    }
    if (upload_path) {
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, file_fields);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)upload_size);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, body_length);
    }
}

static void begin(struct transfer *transfer) {
    if (upload_path) {
        if (upload_files[transfer->number]) fclose(upload_files[transfer->number]);
        upload_files[transfer->number] = fopen(upload_path, "rb");
        curl_easy_setopt(transfer->easy, CURLOPT_READDATA, upload_files[transfer->number]);
    }
    transfer->has_begun = 0;
    transfer->start = now(CLOCK_MONOTONIC);
}

static void check(CURL *easy, CURLcode code) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK && status == 200) return;
    fprintf(stderr, "raw: %s, status %ld\n", curl_easy_strerror(code), status);
    exit(69);
}

// Makes `count` requests, `concurrency` at a time; one alone goes without a multi handle.
static void run(struct transfer *transfers, CURLM *multi, long concurrency, long count) {
    if (concurrency == 1) {
        for (long n = 0; n < count; n++) {
            begin(&transfers[0]);
            check(transfers[0].easy, curl_easy_perform(transfers[0].easy));
            if (!is_stream) add_latency(now(CLOCK_MONOTONIC) - transfers[0].start);
        }
        return;
    }
    long started = 0, ended = 0;
    for (; started < concurrency && started < count; started++) {
        begin(&transfers[started]);
        curl_multi_add_handle(multi, transfers[started].easy);
    }
    while (ended < count && !(is_idle && began == count)) {
        int running, left;
        curl_multi_perform(multi, &running);
        CURLMsg *message;
        while ((message = curl_multi_info_read(multi, &left))) {
            if (message->msg != CURLMSG_DONE) continue;
            struct transfer *transfer;
            CURL *easy = message->easy_handle;
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
            check(easy, message->data.result);
            if (!is_stream) add_latency(now(CLOCK_MONOTONIC) - transfer->start);
            curl_multi_remove_handle(multi, easy);
            ended++;
            if (started < count) {
                started++;
                begin(transfer);
                curl_multi_add_handle(multi, easy);
            }
        }
        if (ended < count && !(is_idle && began == count)) curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "raw small|stream|download|upload|idle URL CONCURRENCY COUNT [FILE]\n");
        return 64;
    }
    const char *work = argv[1];
    long concurrency = atol(argv[3]), count = atol(argv[4]);
    if (concurrency < 1 || count < 1) return 64;
    if (concurrency > count) concurrency = count;
    url = argv[2];
    is_idle = !strcmp(work, "idle");
    is_stream = is_idle || !strcmp(work, "stream");
    is_paced = strstr(url, "pace=") != NULL;
    body = is_stream ? chat_body : small_body;
    body_length = (long)strlen(body);
    if (getenv("BUFFER")) buffer = atol(getenv("BUFFER"));
    if (!strcmp(work, "download") && argc > 5) file = fopen(argv[5], "wb");
    if (!strcmp(work, "upload") && argc > 5) {
        struct stat info;
        upload_path = argv[5];
        if (stat(upload_path, &info)) return 66;
        upload_size = info.st_size;
    }

    curl_global_init(CURL_GLOBAL_DEFAULT);
    fields = curl_slist_append(curl_slist_append(NULL, "Content-Type: application/json"), "Expect:");
    file_fields = curl_slist_append(curl_slist_append(NULL, "Content-Type: audio/wav"), "Expect:");
    struct transfer *transfers = calloc((size_t)concurrency, sizeof *transfers);
    upload_files = calloc((size_t)concurrency, sizeof *upload_files);
    if (!transfers || !upload_files) return 71;
    CURLM *multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, concurrency);
    if (!strncmp(url, "https:", 6)) curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
    // Idle streams are counted with their handles, which a library makes when it opens them.
    long resident_before = resident();
    for (long n = 0; n < concurrency; n++) {
        transfers[n].number = n;
        prepare(&transfers[n], curl_easy_init());
    }

    // The warm-up opens the connections; a program that makes one call only measures its start.
    if (!strcmp(work, "small") && count > 1) run(transfers, multi, concurrency, concurrency);
    bytes = lines = latency_count = 0;
    uint64_t start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    run(transfers, multi, concurrency, count);
    if (file) fclose(file);
    double seconds = (double)(now(CLOCK_MONOTONIC) - start) / 1e9;
    double cpu_seconds = (double)(now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e9;
    if (is_idle) bytes = (resident() - resident_before) / count;
    // An event is a line and an empty one; [DONE] is no chunk.
    if (is_stream && !is_idle) chunks = lines / 2 - count;
    long operations = is_stream && !is_idle ? chunks : count;
    if (upload_path) bytes = (long long)upload_size * count;
    qsort(latencies, (size_t)latency_count, sizeof *latencies, by_value);
    double p50 = 0, p99 = 0;
    if (latency_count) {
        p50 = (double)latencies[(latency_count - 1) / 2] / 1e3;
        p99 = (double)latencies[(long)((double)(latency_count - 1) * 0.99)] / 1e3;
    }
    printf("{\"workload\":\"%s\",\"transport\":\"raw\",\"concurrency\":%ld,\"operations\":%ld,\"bytes\":%lld,\"seconds\":%.9f,"
           "\"opsPerSecond\":%.3f,\"megabytesPerSecond\":%.3f,\"p50Microseconds\":%.3f,\"p99Microseconds\":%.3f,"
           "\"cpuSeconds\":%.6f,\"peakResidentBytes\":%ld}\n",
           work, concurrency, operations, bytes, seconds, (double)operations / seconds, (double)bytes / seconds / 1e6, p50,
           p99, cpu_seconds, peak());
    return 0;
}
