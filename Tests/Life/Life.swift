import JobContract
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// The steps of a life, each with what must hold after it.
struct Life {
    let cluster: LifeCluster
    let trees: Trees
    let world: WholeLifeTests.World

    private static let localHost = "backstage-psql-developer-portal"
    private static let remoteHost = "portal-db.platform-portal.svc"

    /// The rehearsal changes nothing for Backstage, which goes on writing.
    func rehearse() async throws {
        await cluster.save(secret: cluster.operatorSecret, as: "portal-db-source-credentials")
        try await cluster.apply(trees.prepare.stage("database"))
        try await cluster.backstage.write("1 before the rehearsal")
        try await cluster.apply(trees.prepare.stage("rehearsal"))
        try await crash()
        let end = try await cluster.run(job: trees.prepare.job(in: "rehearsal"))
        try #require(end.exit == .success, "\(end.log)")
        #expect(end.log.contains("The fence will stand for about"))
        try await cluster.backstage.write("2 after the rehearsal")
        #expect(try await published(at: cluster.remote).isEmpty)
    }

    /// The cut-over comes first, as an engine that is led around its order would have it, and waits for the receipt.
    func migrate() async throws {
        await cluster.save(secret: cluster.operatorSecret, as: "portal-db-source-credentials")
        try await cluster.apply(trees.migrate.stage("database"))
        try await cluster.apply(trees.migrate.stage("cutover"))
        #expect(
            await cluster.deployFailed?.contains("ConfigMap \"\(try receipt(of: trees.migrate, "copy"))\" not found")
                == true)
        #expect(try await cluster.backstage.host == Self.localHost)
        try await cluster.backstage.write("3 under a cut-over that waits")

        try await crash()
        try await cluster.apply(trees.migrate.stage("copy"))
        let end = try await cluster.run(job: trees.migrate.job(in: "copy"))
        try #require(end.exit == .success, "\(end.log)")
        #expect(
            end.log.contains("taken up where an earlier attempt ended"),
            "the rehearsal's copy is not taken up: \(end.log)")
        try await crash()
        try await openGate(end)
        #expect(try await cluster.backstage.host == Self.remoteHost)
        #expect(await cluster.operatorSecretExists != (world.retires && world.release == .upTo1_9))
        try await expectNotes(3)
        try await cluster.backstage.write("4 after the cut-over")
        let after = try await cluster.run(tool: trees.migrate.tool("after"))
        try #require(after.exit == .success, "\(after.log)")
    }

    /// An engine that has lost the Job makes it again; somebody has deleted the receipt.
    func repeatJobAfterCutover() async throws {
        try await cluster.delete(receipt: receipt(of: trees.migrate, "copy"))
        #expect(await cluster.deployFailed?.contains("not found") == true)
        try await cluster.backstage.write("5 while the receipt is missing")
        try await crash()
        let again = try await cluster.run(job: trees.migrate.job(in: "copy"))
        try #require(again.exit == .success, "\(again.log)")
        #expect(again.log.contains("nothing to copy"))
        try await openGate(again)
        try await expectNotes(5)
    }

    /// First the local database rises, then everything comes back to it, then Backstage follows.
    func goBack() async throws {
        try await cluster.apply(trees.copyBack.stage("local-database"))
        #expect(await cluster.deployFailed == nil)
        #expect(try await cluster.backstage.host == Self.remoteHost)
        try await cluster.backstage.write("6 with both databases up")
        // The cut-over back comes too early, and waits as well.
        try await cluster.apply(trees.cutoverBack.stage("cutover-back"))
        #expect(await cluster.deployFailed?.contains("not found") == true)
        try await cluster.backstage.write("7 under a way back that waits")

        try await crash()
        try await cluster.apply(trees.copyBack.stage("copy-back"))
        let end = try await cluster.run(job: trees.copyBack.job(in: "copy-back"))
        try #require(end.exit == .success, "\(end.log)")
        try await openGate(end)
        #expect(try await cluster.backstage.host == Self.localHost)
        try await expectNotes(7)
        try await cluster.backstage.write("8 at home again")
        let after = try await cluster.run(tool: trees.cutoverBack.tool("after"))
        try #require(after.exit == .success, "\(after.log)")
        try await crash()
        // The Job of the way there, made again, opens no gate to databases that are stale by now.
        let revenant = try await cluster.run(job: trees.migrate.job(in: "copy"))
        #expect(revenant.exit == .personMustAct, "\(revenant.log)")
        try await expectNotes(8)
    }

    /// The same to a server of another version, on an empty volume.
    func comeBack(to installation: PostgresInstallation) async throws {
        let saved = "portal-db-source-credentials"
        try await cluster.exchangeLocal(for: installation, secret: saved)
        try await cluster.backstage.write("5 while nothing is at home")
        try await cluster.apply(trees.copyBack.stage("local-database"))
        #expect(await cluster.deployFailed == nil)
        try await cluster.apply(trees.copyBack.stage("copy-back"))
        let end = try await cluster.run(job: trees.copyBack.job(in: "copy-back"))
        try #require(end.exit == .success, "\(end.log)")
        try await cluster.apply(trees.cutoverBack.stage("cutover-back"))
        #expect(await cluster.deployFailed == nil)
        #expect(try await cluster.backstage.host == Self.localHost)
        try await expectNotes(5)
        try await cluster.backstage.write("6 on the new version")
        let version = try await cluster.local.psql("SHOW server_version_num")
        #expect(version.hasPrefix("\(installation.major)"), "\(version)")
        let after = try await cluster.run(tool: trees.cutoverBack.tool("after"))
        try #require(after.exit == .success, "\(after.log)")
    }

    /// The receipts of the first way there and of the way back are still in the namespace.
    func goAgainWithAnOldReceipt() async throws {
        #expect(try await cluster.receipts.count == 2)
        // An operator up to 1.9 has deleted its Secret, and makes none while the resource names another: the Job reads
        // the saved one.
        try await cluster.apply(trees.migrateAgain.stage("cutover"))
        #expect(await cluster.deployFailed?.contains("not found") == true)
        #expect(try await cluster.backstage.host == Self.localHost)
        try await cluster.backstage.write("9 in spite of an old receipt")

        try await crash()
        try await cluster.apply(trees.migrateAgain.stage("copy"))
        let end = try await cluster.run(job: trees.migrateAgain.job(in: "copy"))
        try #require(end.exit == .success, "\(end.log)")
        try await openGate(end)
        #expect(try await cluster.backstage.host == Self.remoteHost)
        try await expectNotes(9)
        #expect(try await cluster.receipts.count == 3)
        let after = try await cluster.run(tool: trees.migrateAgain.tool("after"))
        try #require(after.exit == .success, "\(after.log)")
    }

    /// A person applies the receipt that the Job has written between its two marked lines, where the Job may not.
    private func openGate(_ end: LifeCluster.JobEnd) async throws {
        if world.isGateManual {
            #expect(await cluster.deployFailed?.contains("not found") == true)
            let lines = end.log.split(separator: "\n")
            let begin = try #require(lines.firstIndex { $0.hasPrefix(Receipt.Marker.begin("")) }, "\(end.log)")
            try #require(lines.dropFirst(begin + 2).first?.hasPrefix(Receipt.Marker.end("")) == true, "\(end.log)")
            try await cluster.apply(manifests: String(lines[begin + 1]))
        }
        #expect(await cluster.deployFailed == nil)
    }

    /// The servers that are to crash stop at once and recover from their logs.
    private func crash() async throws {
        for (side, server) in [(WholeLifeTests.World.Side.local, await cluster.local), (.remote, cluster.remote)]
        where world.crashing.contains(side) {
            if side == .local, await !cluster.isLocalRunning { continue }
            // The tests' servers do not wait for their log at a commit: what was written before must be in it.
            try await server.psql("SELECT pg_switch_wal()")
            try await server.restart(.immediate)
        }
    }

    // MARK: What is looked at

    /// Every note from the first to the given is there, and no other.
    private func expectNotes(_ count: Int) async throws {
        let notes = try await cluster.backstage.notes()
        #expect(notes.map { String($0.prefix(1)) } == (1...count).map(String.init), "\(notes)")
    }

    private func published(at server: PostgresServer) async throws -> [String] {
        try await server.psql("SELECT datname FROM pg_database WHERE datname LIKE 'backstage%'").split(separator: "\n")
            .map(String.init)
    }

    private func receipt(of tree: RenderedTree, _ stage: String) throws -> String {
        var namespace = ClusterNamespace("platform-portal")
        try namespace.apply(tree.stage(stage))
        for item in namespace.jobs.values.first?["spec"]?["template"]?["spec"]?["containers"]?.items?.first?["env"]?
            .items ?? []
        where item["name"]?.string == JobSetting.receiptName.rawValue {
            return item["value"]?.string ?? ""
        }
        return ""
    }
}
