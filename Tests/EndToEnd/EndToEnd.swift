import Testing

/// Everything that needs real servers runs one after another: two servers and a Job are enough for two cores.
@Suite(.serialized) enum EndToEnd {}
