/// A string of the Common Expression Language (<https://cel.dev>), in which Flux's health checks are written.
struct CELString: CustomStringConvertible {
    let description: String

    init(_ text: String) {
        var quoted = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        description = quoted + "'"
    }
}
