"""An RTSP server of GStreamer's, at /live/a: `rtsp-server.py PORT PIPELINE [--tcp] [--record] [--basic|--digest USER:PASSWORD]`. Says `ready`, and what comes and goes."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

port, pipeline, *flags = sys.argv[1:]
Gst.init(None)
server = GstRtspServer.RTSPServer.new()
server.set_service(port)
server.set_address("127.0.0.1")

factory = GstRtspServer.RTSPMediaFactory.new()
factory.set_launch(pipeline)
if "--tcp" in flags:
    factory.set_protocols(GstRtsp.RTSPLowerTrans.TCP)
if "--record" in flags:
    factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)

scheme = next((flag for flag in flags if flag in ("--basic", "--digest")), None)
if scheme is not None:
    user, password = flags[flags.index(scheme) + 1].split(":", 1)
    auth = GstRtspServer.RTSPAuth.new()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    if scheme == "--digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role("user")
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    factory.set_permissions(permissions)


def connected(_server, client):
    # What comes with these signals is not looked at: its bindings are not safe.
    client.connect("teardown-request", lambda *_: print("teardown", flush=True))


server.connect("client-connected", connected)
server.get_mount_points().add_factory("/live/a", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
