import ArgumentParser

/// What is printed, and where a medium goes.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print each piece of the answer as it arrives, one JSON object a line.")
    var stream = false

    @Option(help: ArgumentHelp("The file for an image, a sound or a video. (default: <task>.<ext>)", valueName: "path"))
    var output: String?

    @Flag(help: "Print a line of JSON about the call to standard error.")
    var metadata = false

    @Flag(help: "No progress and no warnings.")
    var quiet = false

    /// The progress of a call, shown to people only.
    func progress() -> ProgressBar { ProgressBar(isShown: !quiet && StandardError.isTerminal) }

    /// Says something that is no failure.
    func warn(_ text: String) {
        if !quiet { StandardError.write("warning: \(text)\n") }
    }
}
