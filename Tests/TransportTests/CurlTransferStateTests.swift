#if os(Linux)
import Testing

@testable import InferenceKit

/// The transitions between a reader and the loop, by value; numbers wait in place of continuations.
@Suite("curl: transfer state")
struct CurlTransferStateTests {
    private typealias State = CurlTransferState<Int, Int>

    private var state = State()

    @discardableResult
    private mutating func deliver(
        head: String? = nil,
        body: String = "",
        end: CurlEnd? = nil,
        isPaused: Bool = false
    ) -> State.Delivery {
        var bytes = Array(body.utf8)
        return state.deliver(head: head.map { Array($0.utf8) }, body: &bytes, end: end, isPaused: isPaused)
    }

    private func text(_ pull: CurlPull?) -> String {
        switch pull {
        case .chunk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .end: "END"
        case .failure(let error): (error as? TransportError)?.kind.description ?? "\(type(of: error))"
        case nil: "WAIT"
        }
    }

    private static let failure = CurlEnd.failed(
        TransportError(.cutShort, "", requestMayHaveReachedServer: true)
    )

    @Test("A whole small response is one delivery")
    mutating func oneDelivery() throws {
        #expect(state.waitForHead(1) == nil)
        let delivery = deliver(head: "h", body: "body", end: .complete)
        #expect(delivery.head?.waiter == 1)
        #expect(try delivery.head?.answer.get() == Array("h".utf8))
        #expect(delivery.chunk == nil)
        #expect(text(state.pull()?.pull) == "body")
        #expect(text(state.pull()?.pull) == "END")
        #expect(text(state.pull()?.pull) == "END")
    }

    @Test("A head that came first is kept for who asks")
    mutating func earlyHead() throws {
        #expect(deliver(head: "h").head == nil)
        #expect(try state.waitForHead(1)?.get() == Array("h".utf8))
    }

    @Test("A reader that waits is woken with bytes, the end, or an error, in this order")
    mutating func waiting() {
        deliver(head: "h")
        #expect(state.waitForChunk(7) == nil)
        #expect(deliver().chunk == nil)
        var delivery = deliver(body: "a", end: Self.failure)
        #expect(delivery.chunk?.waiter == 7)
        #expect(text(delivery.chunk?.answer) == "a")
        #expect(text(state.waitForChunk(8)?.pull) == "cutShort")
        delivery = deliver(body: "late")
        #expect(delivery.chunk == nil)
        #expect(text(state.pull()?.pull) == "cutShort")
    }

    @Test("An end without a head wakes who waits for it")
    mutating func endWithoutHead() {
        #expect(state.waitForHead(1) == nil)
        let delivery = deliver(end: Self.failure)
        #expect(throws: TransportError.self) { try delivery.head?.answer.get() }
        #expect(throws: TransportError.self) { try state.waitForHead(2)?.get() }
    }

    @Test("Pulling resumes a paused transfer, once")
    mutating func pausing() {
        deliver(head: "h", body: "much", isPaused: true)
        let first = state.pull()
        #expect(text(first?.pull) == "much")
        #expect(first?.resumes == true)
        deliver(body: "more")
        #expect(state.pull()?.resumes == false)
        // A reader that is waiting takes all at once, and the transfer may go on.
        #expect(state.waitForChunk(1) == nil)
        #expect(deliver(body: "rest", isPaused: true).resumes)
        // Paused with nothing unread: the reader was faster.
        #expect(deliver(isPaused: true).resumes)
        deliver(body: "last", isPaused: true)
        deliver(end: Self.failure)
        #expect(state.pull()?.resumes == false)
    }

    @Test("Cancelling wakes everybody, tells the loop once, and drops what had come")
    mutating func cancelling() {
        #expect(state.waitForHead(1) == nil)
        #expect(state.waitForChunk(2) == nil)
        let first = state.cancel()
        #expect(first.head == 1 && first.chunk == 2 && first.tellsLoop)
        #expect(!state.cancel().tellsLoop)
        deliver(head: "h", body: "x", end: .complete)
        #expect(text(state.pull()?.pull) == "CancellationError")
        #expect(state.unread == 0)
    }

    @Test("Cancelling after the end changes nothing once all was read")
    mutating func cancellingLate() {
        deliver(head: "h", body: "x", end: .complete)
        _ = state.waitForHead(1)
        #expect(text(state.pull()?.pull) == "x")
        #expect(!state.cancel().tellsLoop)
        #expect(text(state.pull()?.pull) == "END")
    }

    @Test("Cancelling after the end, before all was read, is a cancellation")
    mutating func cancellingUnread() {
        deliver(head: "h", body: "x", end: .complete)
        #expect(!state.cancel().tellsLoop)
        #expect(text(state.pull()?.pull) == "CancellationError")
    }

    @Test("A second iteration, or a second reader at a time, is refused")
    mutating func twice() {
        deliver(head: "h")
        #expect(state.waitForChunk(1) == nil)
        #expect(text(state.waitForChunk(2)?.pull) == "bodyAlreadyRead")
        state.beginIteration()
        #expect(text(state.pull()?.pull) == "WAIT")
        state.beginIteration()
        #expect(text(state.pull()?.pull) == "bodyAlreadyRead")
    }

    @Test("Storage circulates")
    mutating func recycling() {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4096)
        bytes.append(1)
        _ = state.deliver(head: nil, body: &bytes, end: nil, isPaused: false)
        #expect(bytes.isEmpty)
        guard case .chunk(let chunk) = state.pull()?.pull else {
            Issue.record("no chunk")
            return
        }
        state.recycle(chunk)
        var next: [UInt8] = [2]
        _ = state.deliver(head: nil, body: &next, end: nil, isPaused: false)
        #expect(next.isEmpty && next.capacity >= 4096)
    }
}

@Suite("curl: clocks")
struct CurlClocksTests {
    private final class Entry: CurlDeadlineHolder {
        var deadline: Int64
        var deadlineIndex: Int?
        init(_ deadline: Int64) { self.deadline = deadline }
    }

    @Test("Each clock runs in its own time")
    func sequence() {
        let limits = Timeouts(
            connect: .nanoseconds(100),
            firstByte: .nanoseconds(200),
            idle: .nanoseconds(50),
            total: .nanoseconds(1000)
        )
        var clocks = CurlClocks(limits, start: 10)
        #expect(clocks.next?.clock == .connect && clocks.next?.at == 110)
        clocks.connected(at: 20)
        #expect(clocks.next?.clock == .idle && clocks.next?.at == 70)
        clocks.starved(true, at: 30)
        #expect(clocks.next?.clock == .total && clocks.next?.at == 1010)
        clocks.starved(false, at: 200)
        #expect(clocks.next?.clock == .idle && clocks.next?.at == 250)
        clocks.requestSent(at: 220)
        #expect(clocks.next?.clock == .firstByte && clocks.next?.at == 420)
        clocks.responseBegan(at: 300)
        #expect(clocks.next?.clock == .idle && clocks.next?.at == 350)
        clocks.bytesMoved(at: 340)
        #expect(clocks.next?.at == 390)
        clocks.readerPaused(true, at: 350)
        #expect(clocks.next?.clock == .total)
        clocks.readerPaused(false, at: 990)
        #expect(clocks.next?.clock == .total && clocks.next?.at == 1010)
    }

    @Test("Clocks without a limit do not run, and limits beyond any life do not overflow")
    func extremes() {
        #expect(CurlClocks(Timeouts(), start: 5).next == nil)
        let long = CurlClocks(Timeouts(total: .seconds(Int64.max)), start: 5)
        #expect(long.next.map { $0.at > 1 << 60 } == true)
        #expect(CurlClocks(Timeouts(total: .seconds(-1)), start: 5).next?.at == 5)
    }

    @Test("The earliest deadline is always first, whatever comes, moves and goes")
    func order() {
        var generator = SystemRandomNumberGenerator()
        var deadlines = CurlDeadlines<Entry>()
        var entries: [Entry] = []
        for _ in 0..<3000 {
            switch UInt.random(in: 0..<4, using: &generator) {
            case 0, 1:
                let entry = Entry(.random(in: 0..<1000, using: &generator))
                entries.append(entry)
                deadlines.update(entry)
            case 2:
                guard let entry = entries.randomElement(using: &generator) else { continue }
                entry.deadline = .random(in: 0..<1000, using: &generator)
                deadlines.update(entry)
            default:
                guard let index = entries.indices.randomElement(using: &generator) else { continue }
                deadlines.remove(entries.remove(at: index))
            }
            #expect(deadlines.first?.deadline == entries.map(\.deadline).min())
        }
    }
}
#endif
