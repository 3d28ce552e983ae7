#if os(Linux)
import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("Chat streams that go on, over sockets")
struct ChatContinuationSocketTests {
    @Test("A connection that the server cuts in the middle of an event")
    func cutSocket() async throws {
        let server = try ByteServer { connection in
            let request = try connection.readRequest()
            let isSecond = request?.bodyText.contains("continue_final_message") == true
            let text = isSecond ? "two" : "one "
            let event = #"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":null}]}"# + "\n\n"
            let end = #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"# + "\n\ndata: [DONE]\n\n"
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }
            // The first answer ends within an event and within the chunked body.
            try connection.write(head + (isSecond ? chunk(event + end) + "0\r\n\r\n" : chunk(event + #"data: {"cho"#)))
            connection.finishWriting()
            connection.waitForClose()
        }
        let client = InferenceClient(.init(token: .none, transport: CurlTransport()))
        let options = CallOptions(
            target: .url("http://\(server.authority)/v1"),
            timeouts: Timeouts(total: .seconds(300))
        )
        let reply = try await client.chatCompletionStream("Hi", model: "m", options: options) {
            $0.continuation = .continueFinalMessage()
        }
        #expect(try await reply.collect().text == "one two")
    }
}
#endif
