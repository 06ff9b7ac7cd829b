/// Text that a Go template prints unchanged. The sealed-secrets controller and the External Secrets Operator run the
/// values in a Secret's template as Go templates.
enum GoTemplateText {
    static func escaped(_ text: String) -> String { text.replacingBytes(of: "{{", with: "{{`{{`}}") }
}
