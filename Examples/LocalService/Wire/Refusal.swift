/// A refusal in the words of the service: status, body and headers.
struct Refusal: Error {
    enum Body {
        case json(JSON)
        case plain(String)
        case empty
    }

    var status: Int
    var body: Body
    var headers: [(name: String, value: String)] = []

    /// The service's usual form, `{"error": "…"}`.
    init(_ status: Int, _ message: String, headers: [(name: String, value: String)] = []) {
        self.init(status, json: ["error": .string(message)], headers: headers)
    }

    init(_ status: Int, json: JSON, headers: [(name: String, value: String)] = []) {
        self.status = status
        self.body = .json(json)
        self.headers = headers
    }

    /// A sentence in `text/plain`, as the servers written with axum refuse a body of the wrong shape.
    static func plain(_ status: Int, _ message: String) -> Refusal {
        var refusal = Refusal(status, message)
        refusal.body = .plain(message)
        return refusal
    }

    /// TGI's and TEI's form with `error_type`.
    static func typed(_ status: Int, _ message: String, type: String) -> Refusal {
        Refusal(status, json: ["error": .string(message), "error_type": .string(type)])
    }

    /// The list form that the serving code of the legacy API gives for a parameter of the wrong type or range.
    static func parameter(_ name: String, _ message: String) -> Refusal {
        Refusal(400, json: ["error": [.string("\(message): received `\(name)` in `parameters`")]])
    }

    /// The list form for a missing or unusable part of `inputs`.
    static func input(_ path: String, _ message: String = "field required") -> Refusal {
        Refusal(400, json: ["error": [.string("Error in `\(path)`: \(message)")]])
    }
}
