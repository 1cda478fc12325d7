# hashlib's native algorithms, binascii and base64.
import hashlib, binascii, base64, hmac
for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s"):
    h = hashlib.new(name); [h.update(bytes([i]) * i) for i in range(70)]; c = h.copy(); c.update(b"more")
    print(h.name, h.digest_size, h.block_size, h.hexdigest(), c.hexdigest()[:16], getattr(hashlib, name)(b"").hexdigest()[:16])
print(hashlib.shake_128(b"x").hexdigest(40), hashlib.shake_256(b"x" * 500).digest(5))
print(hashlib.blake2b(b"m", digest_size=20, key=b"k" * 9, salt=b"s", person=b"p").hexdigest(), hashlib.blake2s(b"m", key=b"k", fanout=2, depth=2, last_node=True).hexdigest())
print(hmac.new(b"key", b"msg", "sha256").hexdigest())
try: hashlib.sha256("text")
except TypeError as e: print(e)
data = bytes(range(0, 256, 5))
print(binascii.hexlify(data), binascii.hexlify(b"abcdef", ":", 2), binascii.unhexlify("00fF"))
print(binascii.crc32(data), binascii.crc32(b"b", binascii.crc32(b"a")), binascii.crc_hqx(data, 7))
print(base64.b64encode(data), base64.b64decode("YQ==\n"), binascii.b2a_base64(b"ab", newline=False), base64.b32encode(b"hi"), base64.b85encode(data[:9]))
print(binascii.b2a_uu(data[:20]), binascii.a2b_uu(binascii.b2a_uu(data[:20])) == data[:20])
print(binascii.b2a_qp(b"a=b \xff\tlong " + b"x" * 80 + b" \n.\n"), binascii.a2b_qp(b"a=3Db=\nc=FFd"))
for bad in (lambda: binascii.unhexlify("abc"), lambda: binascii.unhexlify("zz"), lambda: base64.b64decode("a"), lambda: base64.b64decode("abc"), lambda: base64.b64decode("ab@=", validate=True)):
    try: bad()
    except binascii.Error as e: print(e)
