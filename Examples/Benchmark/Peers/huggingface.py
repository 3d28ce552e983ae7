"""huggingface_hub doing the same work; prints one JSON object with the members that inference-bench prints.

huggingface.py small|stream|embeddings URL CONCURRENCY COUNT      (COUNT is that of requests)
"""

import asyncio
import json
import sys
import time

from huggingface_hub import AsyncInferenceClient, InferenceClient

WORK, URL = sys.argv[1:3]
CONCURRENCY, COUNT = map(int, sys.argv[3:5])
TEXT = "I like you. I love you, and the hotel was lovely."
MESSAGES = [{"role": "user", "content": "What flows under the old bridges of the town?"}]
PACED = "pace=" in URL
latencies = []
operations = 0


def took(start):
    latencies.append(time.monotonic_ns() - start)


def note(chunk, start, is_first):
    global operations
    operations += 1
    if PACED:
        took(chunk.created)
    elif is_first:
        took(start)


def call(client):
    global operations
    start = time.monotonic_ns()
    if WORK == "small":
        client.text_classification(TEXT, model=URL)
    elif WORK == "embeddings":
        assert client.feature_extraction(TEXT, model=URL).ndim == 2
    else:
        is_first = True
        for chunk in client.chat_completion(MESSAGES, model=URL, stream=True):
            note(chunk, start, is_first)
            is_first = False
        return
    operations += 1
    took(start)


async def call_async(client):
    global operations
    start = time.monotonic_ns()
    if WORK == "small":
        await client.text_classification(TEXT, model=URL)
    elif WORK == "embeddings":
        assert (await client.feature_extraction(TEXT, model=URL)).ndim == 2
    else:
        is_first = True
        async for chunk in await client.chat_completion(MESSAGES, model=URL, stream=True):
            note(chunk, start, is_first)
            is_first = False
        return
    operations += 1
    took(start)


def report(seconds, cpu):
    latencies.sort()
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    percentile = lambda share: latencies[int((len(latencies) - 1) * share)] / 1e3 if latencies else 0
    print(json.dumps({
        "workload": WORK, "transport": "huggingface_hub", "concurrency": CONCURRENCY, "operations": operations,
        "bytes": 0, "seconds": seconds, "opsPerSecond": operations / seconds, "megabytesPerSecond": 0,
        "p50Microseconds": percentile(0.5), "p99Microseconds": percentile(0.99), "cpuSeconds": cpu,
        "peakResidentBytes": int(peak.split()[1]) << 10,
    }))


def main():
    global operations
    client = InferenceClient(token="hf_none", timeout=600)
    if WORK != "stream":
        call(client)
        operations = 0
        latencies.clear()
    start, cpu = time.monotonic(), time.process_time()
    for _ in range(COUNT):
        call(client)
    report(time.monotonic() - start, time.process_time() - cpu)


async def main_async():
    client = AsyncInferenceClient(token="hf_none", timeout=600)

    async def worker(share):
        for _ in range(share):
            await call_async(client)

    start, cpu = time.monotonic(), time.process_time()
    shares = [COUNT // CONCURRENCY + (n < COUNT % CONCURRENCY) for n in range(CONCURRENCY)]
    await asyncio.gather(*(worker(share) for share in shares))
    report(time.monotonic() - start, time.process_time() - cpu)


if CONCURRENCY == 1:
    main()
else:
    asyncio.run(main_async())
