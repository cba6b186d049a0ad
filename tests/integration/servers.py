"""Real servers of Git on loopback: `git http-backend` behind lighttpd, git-daemon, sshd."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import unittest
from pathlib import Path

from sandbox import PATIENCE, environment, eventually

GIT_CORE = Path("/usr/lib/git-core")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def end_group(process):
    """Ends a process that leads a group, with everything that it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
    process.wait(PATIENCE)


class Server:
    """A program that listens on `self.port`; ends with the test."""

    # Another program may take the port between the look and the start: then the next one is tried.
    attempts = 3

    def __init__(self, test, folder):
        self.folder = Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.log = self.folder / "log"
        for attempt in range(self.attempts):
            self.port = free_port()
            if self._start():
                break
        else:
            raise AssertionError(f"no server: {self.log.read_text()}")
        test.addCleanup(self.stop)

    def _start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), env=environment(HOME=self.folder),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        eventually(lambda: self.process.poll() is not None or accepts(self.port), "a server that listens")
        if self.process.poll() is None:
            return True
        self.process.wait()
        return False

    def stop(self):
        if self.process.returncode is None:
            end_group(self.process)

    def restart(self):
        assert self._start()


class HttpServer(Server):
    """Serves and takes in the bare repositories below `root`."""

    def __init__(self, test, folder, root):
        if not shutil.which("lighttpd", path="/usr/sbin:/usr/bin"):
            raise unittest.SkipTest("lighttpd is not installed")
        self.root = root
        super().__init__(test, folder)

    def command(self):
        config = self.folder / "lighttpd.conf"
        config.write_text(f"""
server.document-root = "{self.root}"
server.bind = "127.0.0.1"
server.port = {self.port}
server.upload-dirs = ( "{self.folder}" )
server.stream-response-body = 2
server.modules = ( "mod_setenv", "mod_alias", "mod_cgi" )
alias.url = ( "/" => "{GIT_CORE}/git-http-backend/" )
cgi.assign = ( "" => "" )
setenv.add-environment = (
  "GIT_PROJECT_ROOT" => "{self.root}", "GIT_HTTP_EXPORT_ALL" => "1",
  "GIT_CONFIG_NOSYSTEM" => "1", "GIT_CONFIG_GLOBAL" => "/dev/null", "REMOTE_USER" => "tester" )
""")
        return ["/usr/sbin/lighttpd", "-D", "-f", str(config)]

    def url(self, bare):
        return f"http://127.0.0.1:{self.port}/{bare.name}"


class GitDaemon(Server):
    def __init__(self, test, folder, root):
        self.root = root
        super().__init__(test, folder)

    def command(self):
        # Not `git daemon`: that is a wrapper, and its number is not the server's.
        return [str(GIT_CORE / "git-daemon"), "--reuseaddr", "--export-all", f"--base-path={self.root}",
                "--listen=127.0.0.1", f"--port={self.port}", "--log-destination=stderr", str(self.root)]

    def url(self, bare):
        return f"git://127.0.0.1:{self.port}/{bare.name}"


class SshServer(Server):
    """sshd with keys of its own, for the user who runs the tests."""

    def __init__(self, test, folder):
        self.user = pwd.getpwuid(os.geteuid())
        if not shutil.which("sshd", path="/usr/sbin:/usr/bin") or not self.user.pw_shell.endswith("sh"):
            raise unittest.SkipTest("sshd is not installed, or this user has no shell")
        folder.mkdir()
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True,
                           timeout=PATIENCE)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        super().__init__(test, folder)
        (folder / "known_hosts").write_text(
            f"[127.0.0.1]:{self.port} {(folder / 'host.pub').read_text()}")

    def command(self):
        config = self.folder / "sshd_config"
        config.write_text(f"""
Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.folder}/host
PidFile {self.folder}/pid
AuthorizedKeysFile {self.folder}/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AcceptEnv GIT_PROTOCOL
UseDNS no
PrintMotd no
SetEnv GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
""")
        return ["/usr/sbin/sshd", "-D", "-e", "-f", str(config)]

    def url(self, bare):
        return f"ssh://{self.user.pw_name}@127.0.0.1:{self.port}{bare}"

    def client(self):
        """For core.sshCommand: the right key and host key, nothing of the user's configuration."""
        return (f"ssh -F /dev/null -i {self.folder}/user -o IdentitiesOnly=yes -o IdentityAgent=none "
                f"-o UserKnownHostsFile={self.folder}/known_hosts -o GlobalKnownHostsFile=/dev/null")
