# XML over the native pyexpat: events, places of errors, namespaces, encodings, pieces, and the library's packages on top.
import io
import plistlib
import xml.dom.minidom
import xml.etree.ElementTree as ET
import xml.sax
from xml.parsers import expat

HANDLERS = [
    "StartElementHandler", "EndElementHandler", "CharacterDataHandler", "ProcessingInstructionHandler", "CommentHandler",
    "StartCdataSectionHandler", "EndCdataSectionHandler", "StartNamespaceDeclHandler", "EndNamespaceDeclHandler", "XmlDeclHandler",
    "StartDoctypeDeclHandler", "EndDoctypeDeclHandler", "EntityDeclHandler", "SkippedEntityHandler",
]


def events(*pieces, **options):
    parser = expat.ParserCreate(**options)
    found = []
    for name in HANDLERS:
        setattr(parser, name, lambda *a, name=name: found.append((name[:-7],) + a))
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        result = parser.Parse("" if isinstance(pieces[0], str) else b"", True)
    except expat.ExpatError as e:
        result = (str(e), e.code, e.lineno, e.offset, parser.ErrorCode)
    print(ascii(pieces)[:70], result)
    for event in found:
        print("   ", *event)


events("<a x=\"1\" y='2'>t&amp;&#65;\nu<b/><!--c--><?pi d?><![CDATA[<x>]]></a>")
events("<a>", "<b", ">te", "xt</b", "></a>")
for wrong in (
    "<a><b></a>", "<a>", "", "  ", "<a/>x", '<a b="1" b="2"/>', "<a>&foo;</a>", "<a b=1/>", '<a b="<"/>', "<1a/>", "<a", '<a b="x', "<!--x",
    "<a>]]></a>", "<a>\x01</a>", "<a><!-- a--b --></a>", "<a>&#0;</a>", '<a b="1"c="2"/>', '<a><?xml version="1.0"?></a>', "<a>\n\n  <b>&x;",
):
    events(wrong)
events('<?xml version="1.0" encoding="utf-8" standalone="yes"?><a/>')
events('<!DOCTYPE r [<!ENTITY e "val">]><r a="&e;">&e;</r>')
events('<!DOCTYPE html PUBLIC "p" "s"><html>&nbsp;</html>')
events('<a xmlns="u" xmlns:p="v" p:q="1"><p:b/></a>', namespace_separator="}")
events("<p:a/>", namespace_separator="}")
events('<a b=" x\n\ty&#10;&lt;"/>')
events(b'<?xml version="1.0" encoding="latin-1"?><a>\xe9</a>')
events("<a>\xe9</a>".encode("utf-16"))
events(b"<a>\xff</a>")

tree = ET.fromstring('<r xmlns:n="urn:n"><n:a k="v">x<b/>tail</n:a><c/></r>')
print([e.tag for e in tree.iter()], tree.find("{urn:n}a").attrib, tree.findtext("{urn:n}a"), ET.tostring(tree))
ET.indent(tree)
print(ET.tostring(tree, encoding="unicode"))
for event, element in ET.iterparse(io.StringIO("<a><b>1</b><b>2</b></a>"), ["start", "end"]):
    print(event, element.tag, element.text)
try:
    ET.fromstring("<a><b></a>")
except ET.ParseError as e:
    print(e, e.code, e.position)
document = xml.dom.minidom.parseString('<r a="1"><!--c--><q>t</q></r>')
print(document.toprettyxml(indent=" "), document.documentElement.getAttribute("a"), len(document.getElementsByTagName("q")))


class Content(xml.sax.ContentHandler):
    def startElement(self, name, attributes):
        print("start", name, dict(attributes))

    def characters(self, content):
        print("text", repr(content))


xml.sax.parseString(b"<a b='1'>x<c/>y</a>", Content())
print(plistlib.loads(plistlib.dumps({"a": [1, 2.5, True, "x", b"y"]})))
