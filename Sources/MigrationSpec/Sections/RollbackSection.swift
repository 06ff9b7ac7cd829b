struct RollbackSection: Section {
    @Key(
        .defaultsTo(.copyBack),
        meaning: "copyBack raises the local database and copies everything back to it; cutoverBack then lets Backstage "
            + "follow, which waits for the receipt of that copy.",
        consequence: "Backstage can read but not write from the copy's fence until cutoverBack has rolled out.")
    var step: RollbackStep
}
