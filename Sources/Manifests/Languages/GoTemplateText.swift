/// Text in a template of Go's that comes out as it went in: the sealed-secrets controller and the External Secrets
/// Operator take what a Secret's template holds for one.
enum GoTemplateText {
    static func escaped(_ text: String) -> String { text.replacingBytes(of: "{{", with: "{{`{{`}}") }
}
