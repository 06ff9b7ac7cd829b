import Testing

@testable import DatabaseMigration

@Suite struct SessionBudgetTests {
    private func budget(atSource: Int, atTarget: Int?) -> SessionBudget {
        SessionBudget(workers: 4, pods: 1, databases: 15, freeAtSource: atSource, freeAtTarget: atTarget)
    }

    @Test func `where sessions are plenty, there are extra workers`() {
        let budget = budget(atSource: 97, atTarget: 97)
        #expect(budget.keepsSpares && budget.extraWorkers == 2)
        #expect(budget.source <= 87 && budget.target <= 87)
    }

    /// Extra workers are of use only while others wait, so nothing is refused for their sake.
    @Test(arguments: [(97, nil), (97, 40), (59, 97)] as [(Int, Int?)])
    func `where they are not, or a limit may count them, there are none`(atSource: Int, atTarget: Int?) {
        let budget = budget(atSource: atSource, atTarget: atTarget)
        #expect(budget.extraWorkers == 0 && budget.source <= 59)
        #expect(budget.target == 31)
    }

    @Test func `a source with few free sessions keeps no second one for each database`() {
        let budget = budget(atSource: 20, atTarget: 97)
        #expect(!budget.keepsSpares && budget.extraWorkers == 0)
    }
}
