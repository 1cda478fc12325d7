# pwd, grp and resource: the superuser, what is missing, limits that are set and refused.
import grp
import os
import pwd
import resource


def attempt(f, *a):
    try:
        return f(*a)
    except Exception as e:
        return type(e).__name__, str(e)


root = pwd.getpwuid(0)
print(root.pw_name, root.pw_uid, root.pw_gid, root[0] == root.pw_name, pwd.getpwnam("root") == root, root in pwd.getpwall())
print(grp.getgrgid(0).gr_name, grp.getgrnam("root").gr_gid, type(grp.getgrgid(0)).__name__, len(grp.getgrall()) > 0)
print(attempt(pwd.getpwuid, 4123456789), attempt(pwd.getpwnam, "no such user"), attempt(grp.getgrgid, 4123456789), attempt(grp.getgrnam, "no such group"))
print(attempt(pwd.getpwnam, 5), os.path.expanduser("~root") == root.pw_dir)
usage = resource.getrusage(resource.RUSAGE_SELF)
print(len(usage), usage.ru_utime >= 0, usage.ru_maxrss > 1000, attempt(resource.getrusage, 77))
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (64, hard), resource.getpagesize() == os.sysconf("SC_PAGESIZE"))
print(attempt(resource.getrlimit, 99), attempt(resource.setrlimit, resource.RLIMIT_NOFILE, (5,)), attempt(resource.setrlimit, resource.RLIMIT_CORE, (10, 5)))
print(type(os.uname()).__name__, os.uname().sysname == os.uname()[0], type(os.times()).__name__, len(os.times()), os.times().elapsed > 0)
