# A receiver of webhooks as anybody would write it: checks the signature (Standard Webhooks), prints what came.
import base64, hashlib, hmac, http.server, json, sys

key = base64.b64decode(sys.argv[2])

class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length']))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        expected = 'v1,' + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        good = hmac.compare_digest(self.headers['webhook-signature'], expected)
        sys.stdout.write(json.dumps({'good': good, 'webhookId': self.headers['webhook-id'], 'event': json.loads(body)}) + '\n')
        sys.stdout.flush()
        self.send_response(204 if good else 401)
        self.end_headers()
    def log_message(self, *args):
        pass

print('listening', flush=True)
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Hook).serve_forever()
