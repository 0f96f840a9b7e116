<?php
// An administration that PHP's SOAP extension serves from the official contracts, for the tests of our client.
// Run by: php -S 127.0.0.1:PORT service.php, with UWLR_CONTRACTS (a folder) and UWLR_LOG (a file) in the environment.

class Administration
{
    private const SCHOOL = [
        'schooljaar' => '2025-2026', 'brincode' => '00AA', 'aanmaakdatum' => '2026-01-16T02:00:00+01:00', 'xsdversie' => '2.2',
    ];
    private const SPACE = 'xmlns="http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens"';
    private const PUPILS = [
        ['key' => 'l1', 'eckid' => 'https://ketenid.nl/pilot/a', 'achternaam' => 'Een & meer', 'roepnaam' => 'Fien',
         'jaargroep' => '11', 'groep' => ['key' => 'g1']],
        ['key' => 'l2', 'achternaam' => 'Twee', 'roepnaam' => 'Zoë', 'jaargroep' => '11', 'groep' => ['key' => 'g2']],
    ];
    private const STAFF = [
        ['key' => 'd1', 'achternaam' => 'Docent'],
    ];

    // The extension cannot write one element of a choice twice, so lists of groups are written by hand.
    private static function groups(): SoapVar
    {
        $groups = '';
        foreach (['g1' => '1a', 'g2' => '1b'] as $key => $name) {
            $groups .= "<groep key=\"$key\"><naam>$name</naam><jaargroep>11</jaargroep></groep>";
        }
        return new SoapVar('<groepen ' . self::SPACE . ">$groups</groepen>", XSD_ANYXML);
    }

    private static function staff(): array
    {
        $groups = new SoapVar('<groepen ' . self::SPACE . '><groep key="g1"/><groep key="g2"/></groepen>', XSD_ANYXML);
        return array_map(fn ($each) => $each + ['groepen' => $groups], self::STAFF);
    }

    public function autorisatie($header)
    {
        if ($header->klantnaam !== 'leverancier' || $header->klantcode !== 'code=1') {
            throw new SoapFault('Client.OngeldigeKlantIdentificatie', 'Onbekend');
        }
        if ($header->autorisatiesleutel !== 'Sleutel1') {
            throw new SoapFault('Client.AutorisatieOngeldig', 'Ongeldig');
        }
    }

    public function HaalLeerlinggegevens($asked)
    {
        if ($asked->schooljaar === '2031-2032') {
            return ['geengegevens' => new stdClass()];
        }
        if (isset($asked->laatstontvangengegevens)) {
            return ['geenwijzigingen' => new stdClass()];
        }
        return ['leerlinggegevens' => [
            'school' => self::SCHOOL, 'groepen' => self::groups(), 'leerlingen' => ['leerling' => self::PUPILS],
            'leerkrachten' => ['leerkracht' => self::staff()],
        ]];
    }

    public function HaalStructuur($asked)
    {
        return ['leerlinggegevens-structuur' => ['school' => self::SCHOOL, 'groepen' => self::groups()]];
    }

    public function HaalLeerlingen($asked)
    {
        $keys = self::keys($asked);
        $some = array_values(array_filter(self::PUPILS, fn ($each) => in_array($each['groep']['key'], $keys, true)));
        return $some === [] ? ['geengegevens' => new stdClass()]
            : ['leerlinggegevens-leerlingen' => ['school' => self::SCHOOL, 'leerlingen' => ['leerling' => $some]]];
    }

    public function HaalLeerkrachten($asked)
    {
        $staff = self::keys($asked) === [] ? [] : ['leerkrachten' => ['leerkracht' => self::staff()]];
        return ['leerlinggegevens-leerkrachten' => ['school' => self::SCHOOL] + $staff];
    }

    public function BrengLeerresultaten($sent)
    {
        foreach (self::listed($sent->toetsafnames->toetsafname) as $taking) {
            foreach (self::listed($taking->resultaten->resultaat) as $result) {
                $line = [$taking->leerlingid, $result->key, $result->toetscode, $result->score ?? null];
                file_put_contents(getenv('UWLR_LOG'), json_encode($line) . "\n", FILE_APPEND);
            }
        }
        return new stdClass();
    }

    private static function keys($asked): array
    {
        return array_map(fn ($each) => $each->key ?? '', self::listed($asked->groepen->groep ?? []));
    }

    private static function listed($value): array
    {
        return is_array($value) ? $value : [$value];
    }
}

$brought = str_contains(file_get_contents('php://input'), 'leerresultaten_verzoek');
$contract = getenv('UWLR_CONTRACTS') . ($brought ? '/UWLR_Leerresultaten_v2p2.wsdl' : '/UWLR_Leerlinggegevens_v2p2.wsdl');
$server = new SoapServer($contract, ['cache_wsdl' => WSDL_CACHE_NONE]);
$server->setClass(Administration::class);
$server->handle();
