import TestSupport
import Testing

@Suite struct BackstageDatabasesTests {
    @Test func `two servers get the same databases with rows in all of them but the empty one`() async throws {
        let (first, second) = (try await PostgresServer.start(), try await PostgresServer.start())
        try await BackstageDatabases.create(on: first, scale: 0.01)
        try await BackstageDatabases.create(on: second, scale: 0.01)
        let found = try await first.psql(
            "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'")
        #expect(found.split(separator: "\n").map(String.init).sorted() == BackstageDatabases.names)
        for name in BackstageDatabases.names {
            let contents = try await first.contents(of: name)
            #expect(contents == (try await second.contents(of: name)), "\(name)")
            let isEmpty = contents.filter { $0.key != "large objects" }.isEmpty
            #expect(isEmpty == (name == "backstage_plugin_healthcheck"))
        }
        let catalog = try await first.contents(of: "backstage_plugin_catalog")
        #expect(catalog["public.refresh_state"]?.rows == 300)
        #expect(catalog["public.search"]?.rows == 12_000)
    }
}
