/// The manifests' skeletons, compiled into the binary.
