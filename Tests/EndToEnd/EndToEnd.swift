import Testing

/// The Job's tests between real servers.
@Suite enum EndToEnd {}
