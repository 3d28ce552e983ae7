/// Fields of life and the words that point to them: what lets hashed words know that a kitten is near a cat.
enum Topics {
    private static let lists: [(name: String, words: String)] = [
        (
            "animal",
            "cat kitten dog puppy horse cow bird fish lion tiger bear wolf fox mouse pet animal zoo paw fur tail bark purr"
        ),
        (
            "food",
            "food eat meal bread cheese apple banana pizza pasta soup cook recipe dinner lunch breakfast kitchen restaurant taste delicious coffee tea wine"
        ),
        (
            "weather",
            "weather rain snow sun sunny storm wind cloud cloudy cold hot warm temperature umbrella forecast winter summer"
        ),
        (
            "travel",
            "travel trip flight plane airport hotel holiday vacation beach passport journey visit tourist luggage booking"
        ),
        (
            "money",
            "money bank price cost pay payment refund credit loan market stock economy finance business dollar euro invoice tax budget"
        ),
        ("delivery", "delivery deliver order package parcel shipping ship late arrive courier post mail track"),
        (
            "sport",
            "sport sports football soccer tennis basketball game match team player goal score win race champion coach run athlete"
        ),
        (
            "science",
            "science scientist research physics chemistry biology experiment theory atom cell planet space star telescope energy"
        ),
        (
            "technology",
            "technology computer software code program programming data internet phone device server network app machine robot model ai"
        ),
        (
            "politics",
            "politics political election government president minister parliament vote law policy party senate state"
        ),
        ("health", "health doctor hospital medicine disease sick pain patient nurse drug treatment cancer virus heart"),
        ("music", "music song sing guitar piano band concert album melody dance violin drum"),
        ("family", "family mother father child children son daughter baby parent brother sister home house wedding"),
        ("vehicle", "car bus train bicycle truck road drive driver traffic engine wheel vehicle bridge"),
        (
            "nature",
            "nature tree forest river mountain sea ocean lake water sand tide flower garden sky earth island hill wave"
        ),
        ("school", "school teacher student learn learning class university exam book study education read reading"),
        ("capital", "paris rome berlin london madrid capital city france italy germany england spain country europe"),
    ]

    private static let topicsByStem: [String: String] = {
        var topics: [String: String] = [:]
        for list in lists {
            for word in list.words.split(separator: " ") { topics[Words.stem(String(word))] = list.name }
            topics[Words.stem(list.name)] = list.name
        }
        return topics
    }()

    /// The field that a stem points to.
    static func topic(of stem: String) -> String? { topicsByStem[stem] }

    /// How often each field is pointed to.
    static func counts(in text: String) -> [String: Int] {
        Words.content(of: text).reduce(into: [:]) { counts, stem in
            if let topic = topic(of: stem) { counts[topic, default: 0] += 1 }
        }
    }
}
