import MigrationSpec
import YAMLTree

/// The component's patches as other programs take them, for a CR that a Helm chart renders.
struct PostRenderers {
    /// The patches, as a kustomization lists them.
    let patches: YAMLValue
    /// The component's folder.
    let folder: String

    private static let place = "values"
    static let flux = "\(place)/flux-post-renderers.yaml"
    static let script = "\(place)/post-render.sh"

    var files: [RenderedFile] {
        [
            RenderedFile(path: Self.flux, object: ["spec": ["postRenderers": [["kustomize": ["patches": patches]]]]]),
            RenderedFile(path: Self.script, bytes: Array(text.utf8)),
        ]
    }

    /// kustomize takes no folder by an absolute path, so the component is put beside what the chart has rendered.
    private var text: String {
        """
        #!/bin/sh
        \(RenderedFile.header)# Changes the Backstage CR that a chart renders: helm upgrade … --post-renderer sh --post-renderer-args THIS_FILE
        set -eu

        component=$(CDPATH='' cd -- "$(dirname -- "$0")/../\(folder)" && pwd)
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        mkdir "$work/component"
        cp "$component/kustomization.yaml" "$work/component/"
        cat >"$work/rendered.yaml"
        printf 'resources: [rendered.yaml]\\ncomponents: [component]\\n' >"$work/kustomization.yaml"
        kubectl kustomize "$work"

        """
    }
}
