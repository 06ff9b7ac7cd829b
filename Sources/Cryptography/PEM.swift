import COpenSSL

/// Bytes as text between two lines of dashes (RFC 7468).
public enum PEM {
    /// The bytes of the first block in a text; `nil` if there is none, or it cannot be read.
    public static func bytes(of text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { utf8 in
            // It reads from the text's own memory, which is only valid in this closure.
            guard let input = BIO_new_mem_buf(utf8.baseAddress, Int32(utf8.count)) else { return nil }
            defer { BIO_free(input) }
            var (name, header): (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?) = (nil, nil)
            var data: UnsafeMutablePointer<UInt8>?
            var count = 0
            guard PEM_read_bio(input, &name, &header, &data, &count) == 1, let data else { return nil }
            defer {
                CRYPTO_free(name, nil, 0)
                CRYPTO_free(header, nil, 0)
                CRYPTO_free(data, nil, 0)
            }
            return Array(UnsafeBufferPointer(start: data, count: count))
        }
    }
}
