"""Makes the inside of a container and runs one program in it.

    pod.py FOLDER read-only|writable PROGRAM [argument...]

FOLDER/environment holds the program's environment, each variable ended by a NUL. FOLDER/mounts has a line for each
mount: "files N PATH" shows FOLDER/N, read-only, "empty PATH" an empty folder. FOLDER/hosts becomes /etc/hosts,
FOLDER/termination-log /dev/termination-log. PROGRAM is shown where an image would have it. As in a container it is
process 1, so its children end with it and no signal ends it by default, and it runs as a user without a name or
rights, like one that OpenShift makes up.

The first line of the output is "process N", the program's number outside; all others are the program's. When standard
input closes, because whoever wanted the container is gone, the program is killed and
FOLDER removed. The exit code is the program's, or 128 and the number of the signal that ended it.
"""

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys

CLONE_NEWNS, CLONE_NEWPID = 0x00020000, 0x20000000
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
USER, GROUP = 1000680000, 0
LIBC = ctypes.CDLL(None, use_errno=True)


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def bind(source, path):
    with open(path, "a"):
        pass
    mount("--bind", source, path)


def make_devices(folder):
    os.mkdir("/run/dev")
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run/dev")
    for node in ("null", "zero", "full", "random", "urandom"):
        bind(f"/dev/{node}", f"/run/dev/{node}")
    bind(f"{folder}/termination-log", "/run/dev/termination-log")
    os.symlink("/proc/self/fd", "/run/dev/fd")
    mount("--move", "/run/dev", "/dev")


def furnish(folder, access, program):
    with open(f"{folder}/mounts") as file:
        mounts = [line.rstrip("\n").split(" ") for line in file]
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/usr/local/bin")
    mount("--bind", f"{folder}/hosts", "/etc/hosts")
    image_program = "/usr/local/bin/" + os.path.basename(program)
    bind(program, image_program)
    make_devices(folder)
    # Files first: FOLDER itself may be below /tmp, which often is one of the empty folders.
    for kind, *source, path in sorted(mounts, reverse=True):
        os.makedirs(path, exist_ok=True)
        if kind == "files":
            mount("--bind", f"{folder}/{source[0]}", path)
            mount("-o", "remount,bind,ro", path)
        else:
            mount("-t", "tmpfs", "-o", "mode=777", "tmpfs", path)
    if access == "read-only":
        mount("-o", "remount,bind,ro", "/")
    return image_program


def become(program, arguments, environment, gate):
    mount("-t", "proc", "proc", "/proc")
    os.chdir("/")
    os.setgroups([])
    for capability in range(64):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setresgid(GROUP, GROUP, GROUP)
    os.setresuid(USER, USER, USER)
    LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # Only now: a change of user clears it. Nobody is left to watch over a program whose pod.py was killed.
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.read(gate, 1)
    os.execve(program, [program, *arguments], environment)


def main():
    folder, access, program, *arguments = sys.argv[1:]
    with open(f"{folder}/environment") as file:
        environment = dict(entry.split("=", 1) for entry in file.read().split("\0")[:-1])
    # Still reaches FOLDER once a mount may hide it.
    above = os.open(os.path.dirname(folder), os.O_PATH | os.O_DIRECTORY)
    if LIBC.unshare(CLONE_NEWNS) != 0:
        sys.exit(f"pod: no mount namespace: {os.strerror(ctypes.get_errno())}")
    program = furnish(folder, access, program)
    if LIBC.unshare(CLONE_NEWPID) != 0:
        sys.exit(f"pod: no process namespace: {os.strerror(ctypes.get_errno())}")
    gate, opener = os.pipe()
    child = os.fork()
    if child == 0:
        become(program, arguments, environment, gate)
    print("process", child, flush=True)
    os.write(opener, b"1")
    ended = os.pidfd_open(child)
    if ended not in select.select([ended, sys.stdin], [], [])[0]:
        os.kill(child, signal.SIGKILL)
        shutil.rmtree(os.path.basename(folder), ignore_errors=True, dir_fd=above)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)


main()
