#if canImport(Darwin) || URLSession

import Foundation
import HTTPTypes
import Testing

@testable import InferenceKit

/// The transitions of an exchange, by value.
struct URLSessionStateTests {
    let start = ContinuousClock.now

    private func state(_ timeouts: Timeouts = Timeouts(), hasBody: Bool = false) -> URLSessionExchangeState {
        var state = URLSessionExchangeState(timeouts: timeouts, at: start)
        _ = state.begun()
        _ = state.started(hasBody: hasBody, at: start)
        return state
    }

    private func after(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    private func bytes(_ pull: URLSessionExchangeState.Pull) throws -> [UInt8]? {
        guard case .answer(let answer) = pull else {
            Issue.record("the reader waits")
            return nil
        }
        return try answer.get()
    }

    @Test func flowStopsAboveTheHighMarkAndGoesOnWithTheReader() throws {
        var state = state()
        _ = state.received(head: HTTPResponse(status: .ok), expectedLength: nil, at: start)
        let piece = [UInt8](repeating: 1, count: 64 * 1024)
        for _ in 0..<4 {
            let effects = state.received(piece, stopsFlow: true, at: start)
            #expect(effects.flow == nil)
        }
        let full = state.received(piece, stopsFlow: true, at: start)
        #expect(full.flow == .stop)
        let again = state.received(piece, stopsFlow: true, at: start)
        #expect(again.flow == nil)
        let (pull, effects) = state.pull(at: start)
        #expect(try bytes(pull)?.count == 6 * 64 * 1024)
        #expect(effects.flow == .go)
    }

    @Test func stoppedFlowGoesOnWhenTheExchangeEnds() {
        var state = state()
        _ = state.received(head: HTTPResponse(status: .ok), expectedLength: nil, at: start)
        _ = state.received([UInt8](repeating: 1, count: 300 * 1024), stopsFlow: true, at: start)
        let effects = state.cancel(hasMore: false)
        #expect(effects.flow == .go)
        #expect(effects.cancelsTask && effects.ends)
        let second = state.cancel(hasMore: false)
        #expect(!second.cancelsTask && !second.ends)
    }

    @Test func clocksFollowTheStages() {
        let timeouts = Timeouts(
            connect: .milliseconds(10),
            firstByte: .milliseconds(20),
            idle: .milliseconds(5),
            total: .milliseconds(1000)
        )
        var state = URLSessionExchangeState(timeouts: timeouts, at: start)
        let begun = state.begun()
        #expect(begun.deadline == after(1000))
        let started = state.started(hasBody: true, at: after(100))
        #expect(started.deadline == after(110))
        let moved = state.uploadMoved(at: after(101))
        #expect(moved.deadline == after(106))
        // Woken too early, for bytes have moved; asks again.
        _ = state.uploadMoved(at: after(105))
        let early = state.fired(at: after(106))
        #expect(early.head == nil)
        #expect(early.deadline == after(110))
        // While the producer has nothing, nothing is idle.
        _ = state.uploadStarves(true, at: after(109))
        let starving = state.fired(at: after(110))
        #expect(starving.deadline == after(1000))
        _ = state.uploadStarves(false, at: after(200))
        let finished = state.uploadFinished(at: after(201))
        #expect(finished.deadline == after(221) || finished.deadline == nil)
        let fired = state.fired(at: after(221))
        guard case .failure(let error as TransportError) = fired.head else {
            Issue.record("no failure")
            return
        }
        #expect(error.clock == .firstByte)
        #expect(fired.cancelsTask)
    }

    @Test func idleClockWaitsForTheReader() {
        var state = state(Timeouts(idle: .milliseconds(5)))
        let head = state.received(head: HTTPResponse(status: .ok), expectedLength: nil, at: after(1))
        #expect(head.deadline == nil)
        let (_, waiting) = state.pull(at: after(500))
        #expect(waiting.deadline == after(505))
        let fired = state.fired(at: after(505))
        guard case .failure(let error as TransportError) = fired.chunk else {
            Issue.record("no failure")
            return
        }
        #expect(error.clock == .idle)
    }

    @Test func connectClockOfARequestWithoutBodyAsksTheSystem() {
        var state = state(Timeouts(connect: .milliseconds(5), firstByte: .milliseconds(50)))
        let fired = state.fired(at: after(5))
        #expect(fired.asksForConnection && !fired.ends)
        let connected = state.connectionVerdict(stillConnecting: false, at: after(5))
        #expect(connected.deadline == after(50))
        let late = state.fired(at: after(50))
        #expect(late.asksForConnection)
        let verdict = state.connectionVerdict(stillConnecting: false, at: after(50))
        #expect(verdict.ends)
    }

    @Test func bytesThatArrivedAreReadBeforeTheError() throws {
        var state = state()
        _ = state.received(head: HTTPResponse(status: .ok), expectedLength: 5, at: start)
        _ = state.received([1, 2], stopsFlow: false, at: start)
        _ = state.completed(nil, at: start)
        #expect(try bytes(state.pull(at: start).0) == [1, 2])
        for _ in 0..<2 {
            #expect(throws: TransportError.cutShort(2, of: 5)) { try bytes(state.pull(at: start).0) }
        }
    }

    @Test func informationalHeadsAreNoHeads() {
        var state = state()
        let early = state.received(head: HTTPResponse(status: .init(code: 103)), expectedLength: nil, at: start)
        #expect(early.head == nil)
        let final = state.received(head: HTTPResponse(status: .ok), expectedLength: nil, at: start)
        #expect(final.head != nil)
    }

    @Test func cancellingAfterTheEndChangesNoAnswer() throws {
        var state = state()
        _ = state.received(head: HTTPResponse(status: .ok), expectedLength: nil, at: start)
        _ = state.completed(nil, at: start)
        _ = state.cancel(hasMore: false)
        #expect(try bytes(state.pull(at: start).0) == nil)
    }

    // MARK: What stands around it

    @Test func spoolGivesBackWhatItTookAround() throws {
        let spool = URLSessionSpool(limit: 1000)
        var (wrote, read) = (0, 0)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let count = Int.random(in: 0...1000 - spool.count, using: &generator)
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: wrote + $0) }
            try bytes.withUnsafeBytes { try spool.append($0) }
            wrote += count
            let got = try spool.read(Int.random(in: 0...1000, using: &generator))
            #expect(got == (0..<got.count).map { UInt8(truncatingIfNeeded: read + $0) })
            read += got.count
            #expect(spool.count == wrote - read)
        }
        #expect(throws: URLSessionSpool.Failure.self) {
            try [UInt8](repeating: 0, count: 1001).withUnsafeBytes { try spool.append($0) }
        }
    }

    /// The way of a producer's bytes where the network can slow it: as on Apple platforms.
    @Test func producerWaitsUntilItsChunkWasTaken() async throws {
        let body = RequestBody.stream(length: 5, replayable: false) { writer in
            try await writer.write([1, 2, 3])
            try await writer.write([4, 5])
        }
        let upload = try #require(try URLSessionUpload(body))
        let read = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var all: [[UInt8]] = []
                var buffer = [UInt8](repeating: 0, count: 2)
                while case .bytes(let count) = buffer.withUnsafeMutableBytes({
                    upload.read(into: $0, starves: { _ in })
                }) {
                    all.append(Array(buffer.prefix(count)))
                }
                continuation.resume(returning: all)
            }
        }
        #expect(read == [[1, 2], [3], [4, 5]])
    }

    @Test func stoppedUploadEndsItsReadAndItsProducer() async throws {
        let ended = RawSignal()
        let body = RequestBody.stream(length: nil, replayable: false) { writer in
            defer { ended.set() }
            try await Task.sleep(for: .seconds(60))
        }
        let upload = try #require(try URLSessionUpload(body))
        let starving = RawSignal()
        let isStopped = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var buffer = [UInt8](repeating: 0, count: 2)
                let read = buffer.withUnsafeMutableBytes {
                    upload.read(into: $0, starves: { if $0 { starving.set() } })
                }
                if case .stopped(nil) = read {
                    continuation.resume(returning: true)
                } else {
                    continuation.resume(returning: false)
                }
            }
            Thread.detachNewThread {
                starving.wait()
                upload.stop()
            }
        }
        #expect(isStopped)
        await ended.reached()
    }
}

#endif
