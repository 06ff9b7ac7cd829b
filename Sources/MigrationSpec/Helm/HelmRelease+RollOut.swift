public import YAMLTree

extension HelmRelease {
    /// The place in the values that lets all old pods go before a new one is ready.
    public var strategyWithDowntime: YAMLNode? {
        let strategy: YAMLPath = ["backstage", "strategy"]
        if let type = node(strategy + ["type"]), type.string == "Recreate" { return type }
        guard let limit = node(strategy + ["rollingUpdate", "maxUnavailable"]), let text = limit.scalar?.text else {
            return nil
        }
        // Larger than any real number, and too small for an overflow.
        func number(_ text: some StringProtocol) -> Int { min(max(Int(text) ?? 0, 0), 100_000) }
        let replicas = number(self.text(["backstage", "replicas"]) ?? "1")
        let missing = text.hasSuffix("%") ? number(text.dropLast()) * replicas / 100 : number(text)
        return missing > 0 && missing >= replicas ? limit : nil
    }
}
