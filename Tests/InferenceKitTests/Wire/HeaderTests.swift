import HTTPTypes
import Testing

@testable import InferenceKit

private func fields(_ pairs: KeyValuePairs<String, String>) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in pairs {
        if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
    }
    return fields
}

@Suite struct Dates {
    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        " sun, 6 nov 1994 08:49:37 UTC ",
    ])
    func threeFormsOfOneHeaderDate(_ text: String) {
        #expect(HTTPDate.seconds(header: text) == 784_111_777)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600), ("2026-08-01T12:34:56Z", 1_785_587_696),
        ("2026-08-01T14:34:56+02:00", 1_785_587_696), ("2026-08-01T07:04:56-0530", 1_785_587_696),
        ("2026-08-01 12:34:56", 1_785_587_696), ("2026-08-01", 1_785_542_400), ("1969-12-31T23:59:59Z", -1),
        ("2026-08-01T12:34Z", 1_785_587_640), ("2016-12-31T23:59:60Z", 1_483_228_800),
        ("2026-08-01T14:34:56+02", 1_785_587_696),
    ])
    func isoDates(_ text: String, _ seconds: Int) {
        #expect(HTTPDate.duration(iso8601: text) == .seconds(seconds))
        #expect(HTTPDate.seconds(iso8601: text) == Double(seconds))
    }

    @Test func isoFractionsAreKeptToTheNanosecond() {
        let second = Duration.seconds(1_785_587_696)
        #expect(HTTPDate.duration(iso8601: "2026-08-01T12:34:56.123456789Z") == second + .nanoseconds(123_456_789))
        #expect(HTTPDate.duration(iso8601: "2026-08-01T12:34:56.5Z") == second + .milliseconds(500))
        #expect(HTTPDate.duration(iso8601: "2026-08-01T12:34:56.1234567890123Z") == second + .nanoseconds(123_456_789))
        #expect(HTTPDate.seconds(iso8601: "2026-08-01T12:34:56.5Z") == 1_785_587_696.5)
    }

    @Test(arguments: [
        "", "Sun", "Sun, 06 Nov", "Sun, 31 Feb 2026 00:00:00 GMT", "Sun, 06 Nov 1994 25:00:00 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT x", "Sun, 06 Nov 1994 08:49:37 CET",
        "120", "06 Nov 1994 08:49:37 GMT", "Sun, 99999999999999999999 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37",
    ])
    func refusesOtherHeaderDates(_ text: String) {
        #expect(HTTPDate.seconds(header: text) == nil)
    }

    @Test(arguments: [
        "", "2026", "2026-13-01", "2026-00-01", "2026-02-29", "1900-02-29", "2026-08-01T", "2026-08-01T24:00:00Z",
        "2026-08-01T12:34:56.Z", "2026-08-01T12:34:56+25:00", "2026-08-01T12:34:56Zx", "20260801",
        "2026-08-01T12:34:56.123+", "-2026-08-01",
    ])
    func refusesOtherISODates(_ text: String) {
        #expect(HTTPDate.duration(iso8601: text) == nil)
    }
}

@Suite struct Waits {
    static let now = 784_111_777.0

    @Test(arguments: [
        ("120", 120.0), ("1.5", 1.5), (" 0 ", 0), ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
        ("Sun, 06 Nov 1994 08:48:37 GMT", 0),
    ])
    func retryAfter(_ value: String, _ seconds: Double) {
        #expect(RetryAfter.delay(fields: fields(["Retry-After": value]), now: Self.now) == .seconds(seconds))
    }

    @Test(arguments: ["", "-1", "inf", "nan", "0x1p3", "soon", "1 2 3", "1e3", "+5", "."])
    func refusesOtherWaits(_ value: String) {
        #expect(RetryAfter.delay(fields: fields(["Retry-After": value]), now: Self.now) == nil, "\(value)")
    }

    @Test func millisecondsGoFirstAndLongWaitsAreBounded() {
        let both = fields(["Retry-After": "3", "retry-after-ms": "250"])
        #expect(RetryAfter.delay(fields: both, now: 0) == .milliseconds(250))
        let endless = fields(["Retry-After": String(repeating: "9", count: 300)])
        #expect(RetryAfter.delay(fields: endless, now: 0) == .seconds(315_360_000))
    }
}

@Suite struct RateLimits {
    @Test func ofTheHub() {
        let limit = RateLimit(
            fields: fields([
                "RateLimit": #""api";r=489;t=189"#,
                "RateLimit-Policy": #""fixed window";"api";q=500;w=300"#,
            ])
        )
        #expect(
            limit
                == RateLimit(bucket: "api", remaining: 489, reset: .seconds(189), quota: 500, window: .seconds(300))
        )
    }

    @Test func theTightestOfSeveral() {
        let limit = RateLimit(
            fields: fields([
                "RateLimit": #""pages, all";r=90;t=10, "api";r=2;t=20"#,
                "RateLimit-Policy": #""x";"pages, all";q=100;w=60, "y";"api";q=5;w=30"#,
            ])
        )
        #expect(limit == RateLimit(bucket: "api", remaining: 2, reset: .seconds(20), quota: 5, window: .seconds(30)))
    }

    @Test func ofOlderServers() {
        let old = fields(["x-ratelimit-limit": "100", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "30"])
        #expect(RateLimit(fields: old) == RateLimit(remaining: 7, reset: .seconds(30), quota: 100))
        let openAI = fields(["x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "6m0.5s"])
        #expect(RateLimit(fields: openAI) == RateLimit(remaining: 9, reset: .milliseconds(360_500)))
    }

    @Test(arguments: ["", ";", ",,", "\"", "\"api", "r=", "r=x", "\"api\";r=99999999999999999999", "=;=", "<"])
    func nonsenseIsNoLimit(_ value: String) {
        #expect(RateLimit(fields: fields(["RateLimit": value])) == nil)
    }
}

@Suite struct Links {
    @Test(arguments: [
        (#"<https://h.co/api?a=1,2&cursor=x;y>; rel="next""#, "https://h.co/api?a=1,2&cursor=x;y"),
        (#"<a>; rel=prev, <b>; rel=NEXT"#, "b"), (#"<a>; title="x, y; rel=next", <c>;rel="last next""#, "c"),
        (#"<a>; rel="prev""#, nil), ("", nil), ("<a", nil), (#"a; rel="next""#, nil), (#"<>; rel=next"#, ""),
    ])
    func nextPage(_ value: String, _ expected: String?) {
        #expect(LinkHeader.next(value) == expected)
    }

    @Test(
        arguments: [
            ("text/plain", "text/plain"), ("application/json; charset=utf-8", "application/json"), ("", ""),
            ("a/b;c;d", "a/b"), (" Text/HTML ; q=\"x\"", "text/html"), ("a/b\r\n", "a/b"), ("\ta/b ;", "a/b"),
            (";a/b", ""), ("a/b ", "a/b"), ("a /b", "a /b"), ("audio/AMR", "audio/amr"), ("É/b;x", "é/b"),
            ("a/b\u{301}", "a/b\u{301}"), ("a/b;\u{301}C", "a/b;\u{301}c"), ("a/b; ü", "a/b"),
        ]
    )
    func mediaTypeWithoutParameters(_ text: String, _ expected: String) {
        #expect(MediaType(text).withoutParameters.rawValue == expected)
    }

    @Test func oneValueAsTheSubscriptHasIt() {
        let fields = fields([
            "Content-Length": "5", "Accept": "a", "X": "", "cookie": "a", "accept": "b, c", "Cookie": "b",
            "ACCEPT": "a",
        ])
        for name in ["content-length", "accept", "x", "cookie", "server"] {
            guard let name = HTTPField.Name(name) else { continue }
            #expect(fields.value(of: name) == fields[name], "\(name)")
        }
    }
}

@Suite struct URLs {
    @Test(
        arguments: [
            ("https://h.co", "https", "h.co", nil, "", nil),
            ("HTTP://H.co:80/a/b?c=d#e", "http", "h.co", 80, "/a/b", "c=d"),
            ("http://[::1]:8080?x", "http", "[::1]", 8080, "", "x"), ("https://h.co/?", "https", "h.co", nil, "/", ""),
            ("https://h.co/a?b?c/d", "https", "h.co", nil, "/a", "b?c/d"), ("https://h#x", "https", "h", nil, "", nil),
            ("http://[FE80::1]:0080/#a?b", "http", "[fe80::1]", 80, "/", nil),
            ("http://h?a#b", "http", "h", nil, "", "a"),
        ] as [(String, String, String, Int?, String, String?)]
    )
    func parts(_ text: String, _ scheme: String, _ host: String, _ port: Int?, _ path: String, _ query: String?) throws
    {
        let url = try URLReference(parsing: text)
        #expect(url.scheme == scheme)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.path == path)
        #expect(url.query == query)
    }

    @Test(arguments: [
        "", "h.co", "/a", "//h.co", "https:", "https:/h.co", "https://", "https:///a", "https://:80", "ftp://h.co",
        "https://u:secret@h.co", "https://h.co:0", "https://h.co:65536", "https://h.co:x", "https://h.co:-1",
        "https://h.co:+80", "https://h.co:٣", "https://[::1", "https://[]", "https://::1", "https://h co",
        "https://h.co/a b",
        "https://h.co/\r\nX: y", "https://h.co/\t", "https://h.co/\0", "https://é.co", " https://h.co",
        "https://[::1]x", "https://[zz]", "https://x[::1]", "https://a[b]",
    ])
    func refuses(_ text: String) {
        let problem = #expect(throws: URLReference.Problem.self, "\(text)") { try URLReference(parsing: text) }
        #expect(problem?.description.contains("secret") == false)
    }

    @Test(arguments: [
        ("https://o.co/x", "https://o.co/x"), ("//o.co/x", "http://o.co/x"), ("/x?y", "http://h.co:8080/x?y"),
        ("x", "http://h.co:8080/a/x"), ("?z=1", "http://h.co:8080/a/b?z=1"), ("../x", "http://h.co:8080/x"),
        ("./x", "http://h.co:8080/a/x"), ("../../../x", "http://h.co:8080/x"), ("", "http://h.co:8080/a/b?q"),
        ("#f", "http://h.co:8080/a/b?q"), ("/a/../b/./c/..", "http://h.co:8080/b/"),
        ("/login?next=https://o.co/", "http://h.co:8080/login?next=https://o.co/"), ("x:1", nil),
        ("HTTPS://o.co", "https://o.co/"),
        ("mailto:a@b", nil), ("/x y", nil), ("https://u@o.co", nil), ("/x\r\nA: b", nil),
    ])
    func resolves(_ location: String, _ expected: String?) throws {
        let base = try URLReference(parsing: "http://h.co:8080/a/b?q")
        let resolved = try? base.resolving(location)
        #expect(resolved.map { "\($0.scheme)://\($0.authority)\($0.pathAndQuery)" } == expected)
    }

    @Test func escapes() {
        #expect(URLReference.escape("a b/ü?&=%~-._") == "a%20b%2F%C3%BC%3F%26%3D%25~-._")
        #expect(URLReference.query([("a b", "c&d"), ("e", "")]) == "a%20b=c%26d&e=")
    }

    @Test func knowsThisMachine() throws {
        for text in ["http://localhost:1", "http://127.0.0.1", "http://127.8.0.1/x", "http://[::1]:5"] {
            #expect(try URLReference(parsing: text).isLoopback)
        }
        for text in ["http://127.0.0.1.evil.co", "http://localhost.co", "http://h.co", "http://[::2]"] {
            #expect(try !URLReference(parsing: text).isLoopback)
        }
    }
}

@Suite struct Forms {
    @Test func body() {
        var words: [UInt64] = [10, 11]
        var form = MultipartForm { words.removeFirst() }
        form.append(name: "model", text: "a/b")
        form.append(name: "fi\"le", fileName: "a\r\nb.wav", contentType: "audio/wav\r\nX: y", segment: .bytes([1, 2]))
        form.append(name: "f", fileName: "ü", contentType: .flac, segment: .file(path: "/p", length: 7))
        #expect(form.contentType.rawValue == "multipart/form-data; boundary=InferenceKit-ab")
        var text = ""
        for segment in form.segments {
            switch segment {
            case .bytes(let bytes): text += String(decoding: bytes, as: UTF8.self)
            case .file(let path, let length): text += "<\(path) \(length)>"
            }
        }
        let expected = [
            "--InferenceKit-ab", #"Content-Disposition: form-data; name="model""#, "", "a/b",
            "--InferenceKit-ab", #"Content-Disposition: form-data; name="fi%22le"; filename="a%0D%0Ab.wav""#,
            "Content-Type: audio/wav%0D%0AX: y", "", "\u{1}\u{2}",
            "--InferenceKit-ab", #"Content-Disposition: form-data; name="f"; filename="ü""#, "Content-Type: audio/flac",
            "", "</p 7>", "--InferenceKit-ab--", "",
        ]
        #expect(text == expected.joined(separator: "\r\n"))
    }

    @Test func boundariesDiffer() {
        #expect(MultipartForm().contentType != MultipartForm().contentType)
    }
}

@Suite struct MediaTypes {
    @Test func parametersAndCase() {
        let type: MediaType = " Audio/WebM ; codecs=opus"
        #expect(type.withoutParameters == .webmAudio)
        #expect(type.preferredFileExtension == "webm")
        #expect(MediaType("application/json; charset=utf-8").isJSON)
        #expect(MediaType("application/problem+json").isJSON)
        #expect(MediaType.amrWideband.preferredFileExtension == "awb")
        #expect(MediaType("x/y").preferredFileExtension == nil)
        #expect(MediaType("").withoutParameters.rawValue == "")
    }
}
