/// Text that a Go template gives out unchanged. The sealed-secrets controller and the External Secrets Operator take
/// the values in a Secret's template for templates.
enum GoTemplateText {
    static func escaped(_ text: String) -> String { text.replacingBytes(of: "{{", with: "{{`{{`}}") }
}
