import CCurl
import FoundationEssentials

/// One HTTP request, by libcurl.
struct HTTPRequest {
    var method: String
    var url: String
    /// `nil` for none.
    var token: String?
    /// The authorities that are trusted; `nil` for those of the system.
    var caFile: String?
    var contentType: String?
    var body: Data?
    /// The allowed protocol.
    var protocols = "https"
    /// Seconds for the connection, and for the whole request.
    var patience = (connection: 10, all: 30)

    private final class Received {
        var bytes: [UInt8] = []
    }

    /// A larger answer is not about a ConfigMap: the API sends back what it was given, in base64.
    private static let largestAnswer = 3 << 20

    /// - Throws: ``ReceiptError`` if no answer came.
    func perform() throws(ReceiptError) -> (status: Int, body: String) {
        guard let handle = curl_easy_init() else {
            throw ReceiptError(message: "libcurl has no memory left", canRetry: true)
        }
        defer { curl_easy_cleanup(handle) }
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(headers) }
        if let token { headers = curl_slist_append(headers, "Authorization: Bearer \(token)") }
        headers = curl_slist_append(headers, "Accept: application/json")
        // Otherwise curl would send "Expect: 100-continue" and wait.
        headers = curl_slist_append(headers, "Expect:")
        if let contentType { headers = curl_slist_append(headers, "Content-Type: \(contentType)") }

        _ = rehome_curl_set_string(handle, CURLOPT_URL, url)
        _ = rehome_curl_set_string(handle, CURLOPT_CUSTOMREQUEST, method)
        if let caFile {
            // Only the mounted authority is trusted, and none of the image.
            _ = rehome_curl_set_string(handle, CURLOPT_CAINFO, caFile)
            _ = rehome_curl_set_pointer(handle, CURLOPT_CAPATH, nil)
        }
        // The server is inside the cluster, so no proxy of the pod's environment is used.
        _ = rehome_curl_set_string(handle, CURLOPT_NOPROXY, "*")
        _ = rehome_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, protocols)
        _ = rehome_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT, patience.connection)
        _ = rehome_curl_set_long(handle, CURLOPT_TIMEOUT, patience.all)
        _ = rehome_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = rehome_curl_set_list(handle, CURLOPT_HTTPHEADER, headers)
        let payload = [UInt8](body ?? Data())
        let received = Received()
        let context = Unmanaged.passUnretained(received).toOpaque()
        _ = rehome_curl_set_write(
            handle,
            { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let received = Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
                guard received.bytes.count + size * count <= HTTPRequest.largestAnswer else { return 0 }
                received.bytes += UnsafeRawBufferPointer(start: bytes, count: size * count)
                return size * count
            }, context)
        // libcurl writes details of an error here, such as why a certificate was refused.
        let detail = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        detail.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer { detail.deallocate() }
        _ = rehome_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, detail)
        let code = payload.withUnsafeBytes { bytes in
            if body != nil {
                _ = rehome_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, bytes.count)
                _ = rehome_curl_set_pointer(
                    handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
            return withExtendedLifetime(received) { curl_easy_perform(handle) }
        }
        guard code == CURLE_OK else {
            let said = String(cString: detail)
            // 0 is OpenSSL's X509_V_OK. An authority of the same name with another key is reported as a connect error.
            var verification = 0
            _ = rehome_curl_get_long(handle, CURLINFO_SSL_VERIFYRESULT, &verification)
            let untrusted =
                code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE || verification != 0
            throw ReceiptError(
                message: "\(method) \(url): \(said.isEmpty ? String(cString: curl_easy_strerror(code)) : said)",
                canRetry: !untrusted)
        }
        var status = 0
        _ = rehome_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return (status, String(decoding: received.bytes, as: UTF8.self))
    }
}
