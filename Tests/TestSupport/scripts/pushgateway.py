"""Takes what is pushed to it, as a Prometheus Pushgateway does.

    pushgateway.py FOLDER

Each push is written to FOLDER/state.json. Commands come as lines on standard input, each is answered by one line:
    start     listen on a free port of 127.0.0.1; answers "ok PORT"
    fail      answer every push with 500 from now on
When standard input closes, FOLDER is removed and the program ends.
"""

import http.server
import json
import os
import re
import shutil
import sys
import threading

FOLDER = sys.argv[1]
LOCK = threading.Lock()
PUSHES = []
FAILS = threading.Event()
PATH = re.compile(r"/metrics/job/[^/]+(/[a-zA-Z_][a-zA-Z0-9_]*/[^/]+)*")
# Prometheus' text format, one line.
LINE = re.compile(r'# (HELP|TYPE) \S+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+')


class Handler(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        wrong = [line for line in text.splitlines() if not LINE.fullmatch(line)]
        status = 500 if FAILS.is_set() else 400 if wrong or not text.endswith("\n") or not PATH.fullmatch(self.path) else 200
        with LOCK:
            PUSHES.append({"path": self.path, "text": text, "status": status})
            with open(FOLDER + "/state.json.new", "w") as file:
                json.dump(PUSHES, file)
            os.replace(FOLDER + "/state.json.new", FOLDER + "/state.json")
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def main():
    try:
        for line in sys.stdin:
            result = "ok"
            if line.strip() == "start":
                server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
                threading.Thread(target=server.serve_forever, daemon=True).start()
                result = f"ok {server.server_address[1]}"
            elif line.strip() == "fail":
                FAILS.set()
            else:
                result = "failed: unknown command"
            print(result, flush=True)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


main()
