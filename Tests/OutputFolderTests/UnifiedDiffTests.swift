import OutputFolder
import Testing

struct UnifiedDiffTests {
    @Test func `equal texts have no difference`() {
        #expect(UnifiedDiff.between("a\nb\n", "a\nb\n", path: "x") == "")
    }

    @Test func `changes that are close share a hunk, and those that are not have their own`() {
        let old = (1...20).map { "\($0)\n" }.joined()
        let new = old.replacing("2\n3\n", with: "2\nthree\n").replacing("6\n", with: "six\n", maxReplacements: 1)
            .replacing("19\n", with: "")
        #expect(
            UnifiedDiff.between(old, new, path: "x") == """
                --- a/x
                +++ b/x
                @@ -1,9 +1,9 @@
                 1
                 2
                -3
                +three
                 4
                 5
                -6
                +six
                 7
                 8
                 9
                @@ -16,5 +16,4 @@
                 16
                 17
                 18
                -19
                 20

                """)
    }

    @Test func `a new file, a lost one, and a missing line break at the end are shown`() {
        #expect(UnifiedDiff.between(nil, "a\n", path: "x") == "--- /dev/null\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n")
        #expect(UnifiedDiff.between("a\n", nil, path: "x") == "--- a/x\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n")
        #expect(
            UnifiedDiff.between("a\n", "a", path: "x")
                == "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n")
    }

    @Test func `two ways to write an accent are a difference`() {
        #expect(UnifiedDiff.between("\u{E9}\n", "e\u{301}\n", path: "x").contains("-\u{E9}\n+e\u{301}\n"))
    }

    @Test func `texts that have nothing in common are compared at once`() {
        let old = (0..<50_000).map { "old \($0)\n" }.joined()
        let new = (0..<50_000).map { "new \($0)\n" }.joined()
        let diff = UnifiedDiff.between("same\n" + old + "end\n", "same\n" + new + "end\n", path: "x")
        #expect(diff.hasPrefix("--- a/x\n+++ b/x\n@@ -1,50002 +1,50002 @@\n same\n-old 0\n-old 1\n"))
        #expect(diff.hasSuffix("+new 49999\n end\n"))
    }

    @Test func `a Windows line end is a difference`() {
        #expect(UnifiedDiff.between("a\r\n", "a\n", path: "x").contains("-a\r\n+a\n"))
    }
}
