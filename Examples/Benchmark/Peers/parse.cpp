// simdjson on the bytes that parse-embeddings decodes: numbers into one array of floats, and nothing else.
//
//   parse FILE COUNT
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <simdjson.h>
#include <vector>

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    const long count = std::atol(argv[2]);
    simdjson::padded_string text;
    if (simdjson::padded_string::load(argv[1]).get(text) || count < 1) return 66;
    simdjson::ondemand::parser parser;
    std::vector<float> floats;
    const auto start = std::chrono::steady_clock::now();
    for (long n = 0; n < count; n++) {
        // A vector of its own each time, as every answer is a value of its own.
        std::vector<float> fresh;
        fresh.reserve(floats.size());
        auto document = parser.iterate(text);
        for (auto row : document.get_array())
            for (auto number : row.get_array()) {
                double value;
                if (number.get_double().get(value)) return 65;
                fresh.push_back(static_cast<float>(value));
            }
        floats.swap(fresh);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf("{\"workload\":\"parse\",\"transport\":\"simdjson\",\"operations\":%ld,\"bytes\":%zu,\"seconds\":%.9f,"
                "\"opsPerSecond\":%.3f,\"megabytesPerSecond\":%.3f}\n",
                count, text.size() * static_cast<size_t>(count), took.count(), count / took.count(),
                text.size() * count / took.count() / 1e6);
    return floats.empty() ? 65 : 0;
}
