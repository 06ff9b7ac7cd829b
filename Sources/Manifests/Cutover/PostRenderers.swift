import MigrationSpec
import YAMLTree

/// The component's patches as Helm post-renderers take them, for a CR that a Helm chart renders.
struct PostRenderers {
    /// The patches, as a kustomization lists them.
    let patches: YAMLValue
    /// The component's folder.
    let folder: String
    let migration: String

    static let flux = "values/flux-post-renderers.yaml"
    /// Helm 4 accepts only a plugin as a post-renderer, which is a folder.
    static let plugin = "values/post-renderer"
    static let script = "\(plugin)/\(scriptName)"
    private static let scriptName = "post-render.sh"

    /// The plugin's name in `helm plugin list`: letters, digits and dashes.
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
                // A shell runs it, so that the script need not be executable.
                "platformCommand": [
                    ["command": "sh", "args": ["-c", .string("exec sh \"$HELM_PLUGIN_DIR/\(Self.scriptName)\"")]]
                ]
            ],
        ]
    }

    /// The script. Since an installed plugin is a link to its folder, the path to the component begins at the folder
    /// itself (`pwd -P`). kustomize takes no absolute paths, so the component is copied beside what the chart has
    /// rendered.
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
