import Cryptography
import Testing

/// Against the examples of the standards.
struct CryptographyTests {
    @Test func `SHA-256 of the standard's examples, at once and in pieces`() {
        let abc = bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.hash(data: Array("abc".utf8)) == abc)
        #expect(SHA256.hash(data: []) == bytes("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
        var hash = SHA256()
        hash.update(data: Array("a".utf8))
        var other = hash
        other.update(data: Array("x".utf8))
        #expect(hash.finalize() == SHA256.hash(data: Array("a".utf8)))
        hash.update(data: Array("bc".utf8))
        #expect(hash.finalize() == abc)
        #expect(other.finalize() == SHA256.hash(data: Array("ax".utf8)))
    }

    @Test func `SHA-512 of the standard's example`() {
        var hash = SHA512()
        hash.update(data: Array("abc".utf8))
        #expect(
            hash.finalize()
                == bytes(
                    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"))
    }

    @Test func `HMAC-SHA-256 of RFC 4231, 4.3`() {
        let code = HMACSHA256.code(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(code == bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
    }

    @Test func `HKDF of RFC 5869, A.1 and A.3`() {
        let secret = [UInt8](repeating: 0x0b, count: 22)
        let key = HKDFSHA256.key(
            from: secret, salt: bytes("000102030405060708090a0b0c"), info: bytes("f0f1f2f3f4f5f6f7f8f9"))
        #expect(key == bytes("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"))
        let unsalted = HKDFSHA256.key(from: secret, salt: [], info: [])
        #expect(unsalted == bytes("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"))
    }

    @Test func `AES-256-GCM of NIST's test case 16`() throws {
        let sealed = try AuthenticatedCipher.aes256GCM.seal(
            bytes(
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
            ),
            key: bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
            nonce: bytes("cafebabefacedbaddecaf888"), authenticating: bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        #expect(
            sealed.ciphertext
                == bytes(
                    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                ))
        #expect(sealed.tag == bytes("76fc6ece0f4e1768cddf8853bb2d551b"))
    }

    @Test func `ChaCha20-Poly1305 of RFC 8439, 2.8.2`() throws {
        let text =
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
        let sealed = try AuthenticatedCipher.chaCha20Poly1305.seal(
            Array(text.utf8), key: Array(0x80...0x9f), nonce: bytes("070000004041424344454647"),
            authenticating: bytes("50515253c0c1c2c3c4c5c6c7"))
        #expect(sealed.ciphertext.prefix(16) == bytes("d31a8d34648e60db7b86afbc53ef7ec2")[...])
        #expect(sealed.ciphertext.count == text.utf8.count)
        #expect(sealed.tag == bytes("1ae10b594f09e26a7e902ecbd0600691"))
    }

    @Test func `X25519 with a key of RFC 7748, 6.1, and no secret with one of low order`() throws {
        let alice = try X25519(privateKey: Array(1...32))
        let bob = try X25519(privateKey: bytes("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
        #expect(bob.publicKey == bytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"))
        #expect(alice.secret(with: bob.publicKey) == bob.secret(with: alice.publicKey))
        for order in ["00", "01", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"] {
            let point = bytes(order)
            #expect(alice.secret(with: point + [UInt8](repeating: 0, count: 32 - point.count)) == nil)
        }
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
