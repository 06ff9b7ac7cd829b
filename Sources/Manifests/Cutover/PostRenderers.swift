import MigrationSpec
import YAMLTree

/// The component's patches as other programs take them, for a CR that a Helm chart renders.
struct PostRenderers {
    /// The patches, as a kustomization lists them.
    let patches: YAMLValue
    /// The component's folder.
    let folder: String
    let migration: String

    static let flux = "values/flux-post-renderers.yaml"
    /// Helm 4 takes no other post-renderer than a plugin, which is a folder.
    static let plugin = "values/post-renderer"
    static let script = "\(plugin)/\(scriptName)"
    private static let scriptName = "post-render.sh"

    /// What `helm plugin list` shows: letters, digits and dashes.
    static func pluginName(of migration: String) -> String { "rehome-\(migration.replacing(".", with: "-"))" }

    var files: [RenderedFile] {
        [
            RenderedFile(path: Self.flux, object: ["spec": ["postRenderers": [["kustomize": ["patches": patches]]]]]),
            RenderedFile(path: "\(Self.plugin)/plugin.yaml", object: description),
            RenderedFile(path: Self.script, bytes: Array(text.utf8)),
        ]
    }

    private var description: YAMLValue {
        [
            "apiVersion": "v1", "type": "postrenderer/v1", "name": .string(Self.pluginName(of: migration)),
            "version": "1.0.0", "runtime": "subprocess",
            "runtimeConfig": [
                // By a shell, so that the script need not be executable.
                "platformCommand": [
                    ["command": "sh", "args": ["-c", .string("exec sh \"$HELM_PLUGIN_DIR/\(Self.scriptName)\"")]]
                ]
            ],
        ]
    }

    /// An installed plugin is a link to its folder, so the way out of it is that of the folder itself. kustomize takes no
    /// folder by an absolute path, so the component is put beside what the chart has rendered.
    private var text: String {
        """
        #!/bin/sh
        \(RenderedFile.header)# Changes the Backstage CR that a chart renders: helm upgrade … --post-renderer sh --post-renderer-args THIS_FILE
        # With Helm 4 it is a plugin: helm plugin install THIS_FOLDER, then helm upgrade … --post-renderer \(Self.pluginName(of: migration))
        set -eu

        component=$(CDPATH='' cd -P -- "$(dirname -- "$0")/../../\(folder)" && pwd)
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
