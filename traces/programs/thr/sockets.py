# Sockets of the local machine: streams, datagrams, descriptors in messages, options, names, what is refused.
import socket
def p(f,*a,**k):
    try: print(repr(f(*a,**k)))
    except BaseException as e: print(type(e).__name__, e)
p(socket.gethostbyname,'127.0.0.1'); p(socket.inet_aton,'1.2.3.4'); p(socket.inet_ntoa,b'\1\2\3\4'); p(socket.inet_pton,socket.AF_INET6,'::1'); p(socket.inet_ntop,socket.AF_INET6,b'\0'*15+b'\1');p(socket.inet_aton,'x');p(socket.inet_ntoa,b'1')
p(socket.htons,1);p(socket.ntohl,1); p(socket.CMSG_LEN,4); p(socket.CMSG_SPACE,4)
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); print(s.getsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR), s.getsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,4))
p(s.bind,'x'); p(s.bind,('127.0.0.1',)); p(s.bind,('127.0.0.1','a')); p(s.bind,('127.0.0.1',99999)); p(s.bind,('127.0.0.1',0)); p(s.listen); a=s.getsockname(); print(a[0]); 
c=socket.create_connection(a); d,addr=s.accept(); print(addr==c.getsockname(), d.getpeername()==addr); c.sendall(b'hello'); b=bytearray(10); print(d.recv_into(b),b); c.close(); print(d.recv(5)); d.close(); s.close(); p(s.accept); p(s.fileno)
print(s)
u=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); p(u.bind,'\0abstract-q4'); print(u.getsockname()[:9]); v=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); v.sendto(b'hi',u.getsockname()); print(u.recvfrom(10)); p(v.connect,'/nonexistent'); print(v.connect_ex('/nonexistent'))
x,y=socket.socketpair(); import os,array
r,w=os.pipe(); socket.send_fds(x,[b'fd'],[r]); m,f,fl,ad=socket.recv_fds(y,10,1); print(m,len(f),fl,ad); os.write(w,b'thru'); print(os.read(f[0],10)); print(x.sendmsg([b'a',b'bc'])); print(y.recvmsg(10)); 
x.settimeout(0.05); p(x.recv,1); x.setblocking(False); p(x.recv,1)
with socket.create_server(('127.0.0.1',0)) as z: print(z.getsockname()[0], z.family, z.type)
p(socket.create_connection,('127.0.0.1',1),timeout=1)
p(x.recv_into,b'x'); p(x.send,'s'); p(x.sendmsg,[b'q'],[(1,2)]); p(socket.socket,family=99); p(x.getsockopt,1,4,-1); x.close(); p(x.send,b'1'); import io
p(socket.setdefaulttimeout,3); p(socket.getdefaulttimeout); print(socket.socket().gettimeout()); socket.setdefaulttimeout(None)
f=y.makefile('rwb'); print(type(f).__name__); f.close(); p(y.getpeername)
