"""Contracts of a service that does not exist, small enough to be read."""

DOCUMENT_LITERAL = b"""<?xml version="1.0" encoding="utf-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:own="urn:kantine" targetNamespace="urn:kantine">
  <types>
    <xsd:schema targetNamespace="urn:kantine">
      <xsd:element name="geef_menu"><xsd:complexType><xsd:sequence>
        <xsd:element name="sleutel" type="xsd:string"/>
        <xsd:element name="dag" type="xsd:date"/>
        <xsd:element name="aantal" type="xsd:int" minOccurs="0"/>
      </xsd:sequence></xsd:complexType></xsd:element>
      <xsd:element name="geef_menuResponse"><xsd:complexType><xsd:sequence>
        <xsd:element name="gerechten" type="own:Gerechten"/>
      </xsd:sequence></xsd:complexType></xsd:element>
      <xsd:complexType name="Gerechten"><xsd:sequence>
        <xsd:element name="gerecht" type="own:Gerecht" minOccurs="0" maxOccurs="unbounded"/>
      </xsd:sequence></xsd:complexType>
      <xsd:complexType name="Gerecht"><xsd:all>
        <xsd:element name="naam" type="xsd:string"/>
        <xsd:element name="prijs" type="xsd:decimal" nillable="true"/>
        <xsd:element name="bij" type="own:Gerecht" minOccurs="0"/>
      </xsd:all></xsd:complexType>
    </xsd:schema>
  </types>
  <message name="vraag"><part name="parameters" element="own:geef_menu"/></message>
  <message name="antwoord"><part name="parameters" element="own:geef_menuResponse"/></message>
  <portType name="Kantine"><operation name="geef_menu">
    <input message="own:vraag"/><output message="own:antwoord"/></operation></portType>
  <binding name="Kantine" type="own:Kantine">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="geef_menu"><soap:operation soapAction="urn:kantine#geef_menu"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
  </binding>
  <service name="Kantine"><port name="Kantine" binding="own:Kantine">
    <soap:address location="http://somewhere.invalid/else"/></port></service>
</definitions>
"""

RPC_ENCODED = b"""<?xml version="1.0" encoding="utf-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:own="urn:kluis" targetNamespace="urn:kluis">
  <message name="vraag"><part name="code" type="xsd:string"/><part name="nummer" type="xsd:int"/></message>
  <message name="antwoord"><part name="Result" type="xsd:boolean"/></message>
  <portType name="Kluis"><operation name="Open">
    <input message="own:vraag"/><output message="own:antwoord"/></operation></portType>
  <binding name="Kluis" type="own:Kluis">
    <soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Open"><soap:operation soapAction="urn:kluis-Kluis#Open"/>
      <input><soap:body use="encoded" namespace="urn:kluis-Kluis"
        encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"/></input>
      <output><soap:body use="encoded" namespace="urn:kluis-Kluis"
        encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"/></output></operation>
  </binding>
  <service name="Kluis"><port name="Kluis" binding="own:Kluis">
    <soap:address location="http://somewhere.invalid/else"/></port></service>
</definitions>
"""

IMPORTING = b"""<?xml version="1.0" encoding="utf-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:kantine">
  <import namespace="urn:kantine" location="%s"/>
</definitions>
"""
