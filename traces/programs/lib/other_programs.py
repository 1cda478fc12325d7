# Starting other programs: pipes, statuses, folders, environments, what cannot be started.
import os
import subprocess

print(subprocess.run(["echo", "hi"], capture_output=True, text=True))
print(subprocess.check_output("echo $X; pwd; exit 0", shell=True, env={"X": "5", "PATH": os.environ["PATH"]}, cwd="/"))
for arguments in [dict(args=["/no/such"]), dict(args=["echo"], cwd="/no/such/folder")]:
    try:
        subprocess.run(**arguments)
    except OSError as e:
        print(type(e).__name__, e)
with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cat:
    print(cat.communicate(b"hello"))
print(subprocess.run(["sh", "-c", "kill -9 $$"]).returncode, subprocess.run("exit 3", shell=True).returncode)
try:
    subprocess.run(["false"], check=True)
except subprocess.CalledProcessError as e:
    print(e)
try:
    subprocess.run(["sleep", "5"], timeout=0.05)
except subprocess.TimeoutExpired as e:
    print(type(e).__name__, e.cmd)
r, w = os.pipe()
print(subprocess.run(["sh", "-c", f"echo via >&{w}"], pass_fds=(w,)).returncode, os.read(r, 10))
print(subprocess.run(["sh", "-c", "echo err >&2; echo out"], stderr=subprocess.STDOUT, stdout=subprocess.PIPE).stdout)
print(os.system("exit 4") >> 8, os.popen("echo popen").read(), subprocess.getstatusoutput("echo a; exit 2"))
print(subprocess.run(["sh", "-c", "test $(cut -d ' ' -f 6 /proc/$$/stat) = $$"], start_new_session=True).returncode)
