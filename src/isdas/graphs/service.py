"""
Names of well-known services by port, as the IANA registry has them.

A name says what is registered for the port, not what the packets are.
"""

_SERVICES = {
    "20/tcp": "ftp-data", "21/tcp": "ftp", "22/tcp": "ssh", "23/tcp": "telnet", "25/tcp": "smtp",
    "53/tcp": "domain", "53/udp": "domain", "69/udp": "tftp", "80/tcp": "http",
    "88/tcp": "kerberos", "110/tcp": "pop3", "111/tcp": "sunrpc", "111/udp": "sunrpc", "113/tcp": "ident",
    "119/tcp": "nntp", "123/udp": "ntp", "135/tcp": "epmap", "135/udp": "epmap", "137/udp": "netbios-ns",
    "138/udp": "netbios-dgm", "139/tcp": "netbios-ssn", "143/tcp": "imap", "161/udp": "snmp", "389/tcp": "ldap",
    "389/udp": "ldap", "443/tcp": "https", "443/udp": "https", "445/tcp": "microsoft-ds", "465/tcp": "submissions",
    "500/udp": "isakmp", "502/tcp": "mbap", "513/tcp": "login", "514/tcp": "shell", "514/udp": "syslog",
    "515/tcp": "printer", "554/tcp": "rtsp", "587/tcp": "submission", "631/tcp": "ipp", "873/tcp": "rsync",
    "993/tcp": "imaps", "995/tcp": "pop3s", "1080/tcp": "socks", "1194/udp": "openvpn", "1433/tcp": "ms-sql-s",
    "1434/udp": "ms-sql-m", "1434/tcp": "ms-sql-m", "1521/tcp": "ncube-lm", "1701/udp": "l2tp", "1723/tcp": "pptp",
    "1883/tcp": "mqtt", "1900/udp": "ssdp", "2049/tcp": "nfs", "2323/tcp": "3d-nfsd", "2375/tcp": "docker",
    "2376/tcp": "docker-s", "2967/tcp": "ssc-agent", "2968/tcp": "enpp", "3128/tcp": "ndl-aas",
    "3268/tcp": "msft-gc", "3306/tcp": "mysql", "3389/tcp": "ms-wbt-server", "3389/udp": "ms-wbt-server",
    "3478/udp": "stun", "4899/tcp": "radmin-port", "5000/tcp": "commplex-main", "5060/tcp": "sip",
    "5060/udp": "sip", "5353/udp": "mdns", "5432/tcp": "postgresql", "5555/tcp": "personal-agent",
    "5683/udp": "coap", "5900/tcp": "rfb", "6379/tcp": "redis", "6667/tcp": "ircu",
    "7547/tcp": "cwmp", "8000/tcp": "irdmi", "8080/tcp": "http-alt", "8443/tcp": "pcsync-https",
    "9100/tcp": "pdl-datastream", "9200/tcp": "wap-wsp", "10000/tcp": "ndmp", "11211/tcp": "memcache",
    "11211/udp": "memcache", "0/icmp": "echo reply", "3/icmp": "unreachable",
    "8/icmp": "echo request", "11/icmp": "time exceeded", "128/icmpv6": "echo request",
    "129/icmpv6": "echo reply", "1/icmpv6": "unreachable", "3/icmpv6": "time exceeded",
    "41/ip": "ipv6", "47/ip": "gre", "50/ip": "esp", "51/ip": "ah", "132/ip": "sctp",
}  # fmt: skip


def service(port: str) -> str:
    """The registered name of a port such as ``445/tcp``; empty when there is none here."""
    return _SERVICES.get(port, "")
