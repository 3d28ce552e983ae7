/// A small dictionary between English, French, German and Spanish.
enum PhraseBook {
    /// English, French, German, Spanish.
    private static let entries: [[String]] = """
        good morning|bonjour|guten morgen|buenos días
        good day|bonjour|guten tag|buenos días
        good evening|bonsoir|guten abend|buenas tardes
        thank you|merci|danke|gracias
        hello|bonjour|hallo|hola
        goodbye|au revoir|auf wiedersehen|adiós
        the house is|la maison est|das haus ist|la casa es
        the|le|die|el
        house|maison|haus|casa
        cat|chat|katze|gato
        dog|chien|hund|perro
        water|eau|wasser|agua
        bread|pain|brot|pan
        wonderful|merveilleuse|wunderbar|maravillosa
        is|est|ist|es
        and|et|und|y
        my|mon|mein|mi
        name|nom|name|nombre
        a|un|ein|un
        friend|ami|freund|amigo
        big|grand|groß|grande
        small|petit|klein|pequeño
        red|rouge|rot|rojo
        blue|bleu|blau|azul
        i|je|ich|yo
        love|aime|liebe|amo
        you|vous|sie|usted
        we|nous|wir|nosotros
        city|ville|stadt|ciudad
        world|monde|welt|mundo
        """.split(separator: "\n").map { $0.split(separator: "|").map(String.init) }

    private static let languages = ["en", "fr", "de", "es"]

    static func knows(_ language: String) -> Bool { languages.contains(String(language.prefix(2)).lowercased()) }

    /// The text word by word, the longest known phrases first; unknown words stay as they are.
    static func translate(_ text: String, from source: String? = nil, to target: String) -> String {
        let to = languages.firstIndex(of: String(target.prefix(2)).lowercased()) ?? 0
        // Without a named source, the language that knows most of the words.
        let candidates = source.map { [String($0.prefix(2)).lowercased()] } ?? languages
        let from = candidates.compactMap(languages.firstIndex).filter { $0 != to }.max { left, right in
            known(text, in: left) < known(text, in: right)
        }
        guard let from else { return text }
        var words = text.split(separator: " ").map(String.init)
        var translated: [String] = []
        while !words.isEmpty {
            let length = (1...min(3, words.count)).reversed().first { lookUp(words.prefix($0), from: from) != nil } ?? 1
            let entry = lookUp(words.prefix(length), from: from)
            let last = words[length - 1]
            let mark = String(last.reversed().prefix { $0.isPunctuation }.reversed())
            var piece = entry.map { $0[to] + mark } ?? words[0]
            if entry != nil, translated.isEmpty, words[0].first?.isUppercase == true {
                piece = piece.prefix(1).uppercased() + piece.dropFirst()
            }
            translated.append(piece)
            words.removeFirst(length)
        }
        return translated.joined(separator: " ")
    }

    private static func known(_ text: String, in language: Int) -> Int {
        text.split(separator: " ").count { lookUp([String($0)], from: language) != nil }
    }

    private static func lookUp(_ words: some Sequence<String>, from language: Int) -> [String]? {
        let phrase = words.joined(separator: " ").lowercased().drop { $0.isPunctuation }
        let bare = phrase.reversed().drop { $0.isPunctuation }.reversed()
        return entries.first { $0[language] == String(bare) }
    }
}
