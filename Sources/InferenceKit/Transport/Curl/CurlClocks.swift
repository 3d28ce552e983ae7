/// The four clocks of one exchange, in nanoseconds of a monotonic clock; a value that only says which runs out when.
struct CurlClocks {
    /// The limits, `nil` where no clock runs.
    private let connect: Int64?
    private let firstByte: Int64?
    private let idle: Int64?
    private let total: Int64?

    /// When `send` was called, or as good as.
    let start: Int64
    /// When a connection could carry the request.
    private(set) var ready: Int64?
    /// When the last byte of the request was handed to the system.
    private(set) var sent: Int64?
    /// When the head of the response began.
    private(set) var began: Int64?
    /// When a byte last moved, or the transport began to want one.
    private var moved: Int64
    /// Whether the reader has not pulled what is there, so that nothing should come.
    private var isReaderPaused = false
    /// Whether the producer has not written, so that nothing can go.
    private var isStarved = false

    init(_ timeouts: Timeouts, start: Int64) {
        self.start = start
        moved = start
        connect = timeouts.connect.map(Self.nanoseconds)
        firstByte = timeouts.firstByte.map(Self.nanoseconds)
        idle = timeouts.idle.map(Self.nanoseconds)
        total = timeouts.total.map(Self.nanoseconds)
    }

    /// Whether any clock could ever run out.
    var hasLimits: Bool { connect != nil || firstByte != nil || idle != nil || total != nil }

    /// Nanoseconds, and a century for anything longer.
    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        guard seconds < 3_000_000_000 else { return 3_000_000_000_000_000_000 }
        return max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// A connection can carry the request.
    mutating func connected(at now: Int64) {
        if ready == nil { ready = now }
        moved = now
    }

    /// The whole request is on its way; said again when more of it turns out to have left.
    mutating func requestSent(at now: Int64) {
        sent = now
        moved = now
    }

    /// The response's head has begun.
    mutating func responseBegan(at now: Int64) {
        if began == nil { began = now }
        moved = now
    }

    /// A byte moved in either direction.
    mutating func bytesMoved(at now: Int64) {
        moved = now
        isStarved = false
    }

    /// The producer has nothing to send, or has something again.
    mutating func starved(_ isStarved: Bool, at now: Int64) {
        self.isStarved = isStarved
        moved = now
    }

    /// The reader has too much unread, or wants more.
    mutating func readerPaused(_ isPaused: Bool, at now: Int64) {
        isReaderPaused = isPaused
        moved = now
    }

    /// The clock that runs out first as things stand, when, and its limit.
    var next: (clock: Timeouts.Clock, at: Int64)? {
        var next = total.map { (clock: Timeouts.Clock.total, at: start + $0) }
        func consider(_ clock: Timeouts.Clock, _ limit: Int64?, since: Int64) {
            guard let limit, since + limit < next?.at ?? .max else { return }
            next = (clock, since + limit)
        }
        guard ready != nil else {
            consider(.connect, connect, since: start)
            return next
        }
        if began == nil, let sent {
            consider(.firstByte, firstByte, since: sent)
        } else if began == nil ? !isStarved : !isReaderPaused {
            consider(.idle, idle, since: moved)
        }
        return next
    }
}

/// The transfers with a clock that runs, the earliest first: a binary heap in which each element knows its place.
///
/// A deadline may be earlier than the truth: it is checked when it comes up, so that bytes that move cost nothing here.
struct CurlDeadlines<Element: CurlDeadlineHolder> {
    private var heap: [Element] = []

    /// The earliest deadline.
    var first: Element? { heap.first }

    /// Puts `element` where its `deadline` belongs, whether it was here before or not.
    mutating func update(_ element: Element) {
        if element.deadlineIndex == nil {
            element.deadlineIndex = heap.count
            heap.append(element)
        }
        guard let index = element.deadlineIndex else { return }
        siftDown(siftUp(index))
    }

    /// Takes `element` out; harmless when it is not here.
    mutating func remove(_ element: Element) {
        guard let index = element.deadlineIndex else { return }
        element.deadlineIndex = nil
        let last = heap.removeLast()
        guard index < heap.count else { return }
        heap[index] = last
        last.deadlineIndex = index
        siftDown(siftUp(index))
    }

    private mutating func siftUp(_ start: Int) -> Int {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].deadline < heap[parent].deadline else { break }
            exchange(index, parent)
            index = parent
        }
        return index
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child].deadline < heap[least].deadline {
                least = child
            }
            guard least != index else { return }
            exchange(index, least)
            index = least
        }
    }

    private mutating func exchange(_ first: Int, _ second: Int) {
        heap.swapAt(first, second)
        heap[first].deadlineIndex = first
        heap[second].deadlineIndex = second
    }
}

/// What `CurlDeadlines` orders.
protocol CurlDeadlineHolder: AnyObject {
    /// When to look at it, in nanoseconds.
    var deadline: Int64 { get }
    /// Its place, kept by `CurlDeadlines`.
    var deadlineIndex: Int? { get set }
}
