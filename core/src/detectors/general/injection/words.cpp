#include "detectors/general/injection/words.h"

#include <array>

#include "text/word_table.h"

namespace agentmend::detectors::injection {
namespace {

// In any language the same few verbs and nouns. Accents are folded before. Stems only: plural -s is tried by lookup.
constexpr text::WideWordRow kGroups[] = {
    {kSetAside,
     "ignore disregard forget overrule scrap discard abandon supersede overwrite neglect dismiss drop ignora "
     "ignorar ignorez olvida olvidar olvide ignoriere ignorieren vergiss vergessen missachte oublie "
     "oubliez oublier ignorer dimentica ignorare esqueca desconsidere "
     "olvidate negeer vergeet vergesst ignoriert dimenticati esquece desatiende"},
    {kMoment,
     "reading processing summarizing summarising analyzing analysing answering responding replying secretly "
     "silently covertly exempt"},
    {kTheUser, "user user's usuario nutzer nutzers benutzer benutzers utilisateur l'utilisateur utente usuarios"},
    {kPrior,
     "previous previously prior earlier aforementioned above preceding former foregoing original initial existing "
     "current "
     "past before anteriores anterior previas previos vorherigen vorherige bisherigen obigen precedentes "
     "precedente precedenti todas todos alle toutes tous usual normal typical eerdere vorige anteriore fruheren"},
    {kEverything, "everything anything alles tout"},
    {kRules | kLimits, "rule policy policies"},
    {kRules,
     "guidance protocol context persona role training command order direction "
     "identity"},
    {kLimits,
     "limit restricao restricoes restrizioni beperkingen grenzen limiti filtri filtros restriccion restricciones "
     "limites einschrankungen beschrankungen filtro"},
    {kGuard,
     "safety security ethical moral sandbox sandboxing approval validator permission firewall seguridad securite "
     "sicherheit monitoring authentication confirmation sandbox_enabled"},
    {kDisable,
     "disable stop bypass deactivate circumvent evade unlock remove lift suspend desactiva deaktiviere "
     "desactive umgehe skip suppress"},
    {kYou, "you u yourself du"},
    {kYour, "your yours ur tuo tuoi sua suas seu teu uw jouw deinen deinem ton tus deine deiner ihre vos tes"},
    {kModel, "assistant ai chatbot bot llm claude gpt chatgpt gemini copilot llama agent"},
    {kReveal,
     "reveal show print output repeat leak dump display disclose tell expose return echo recite divulge "
     "reproduce muestra muestrame dime revelame ensename revela zeige zeig verrate nenne montre montre-moi dis-moi "
     "affiche revele toon mostrami dimmi rivela mostre diga access"},
    {kSecret,
     "credential secret api_key apikey token confidential passphrase hidden internal sensitive config "
     "contrasena passwort versteckten geheimen oculto nascosto"},
    {kSend, "email transmit exfiltrate submit wire mail envia sende envoie envoyez schicke invia reenvia"},
    {kData,
     "contactos kontakte kontakten fichiers archivos dateien datos daten contatti contatos data record result detail "
     "content file document conversation history code"},
    {kPrivate,
     "genetic medical patient payee address addresses prescription payment savings bank saving wallet funds browsing "
     "profile home device "
     "calendar inbox holdings repository photo health customer"},
    {kUnbound,
     "unrestricted unfiltered uncensored unregulated unlimited jailbroken unmoderated unconstrained "
     "unbound amoral unethical dan evil uneingeschrankt uneingeschrankter"},
    {kPrivilege,
     "admin administrator developer debug maintenance root god elevated sudo elevated_mode "
     "bypasspermissions"},
    {kMode, "mode privileges modus modo"},
    {kRole,
     "act haz pretend roleplay behave impersonate simulate become function actua actuar agis agissez verhalte "
     "adopt switch assume operate"},
    {kRun, "call use query"},
    {kTask,
     "write compose create draft translate summarize summarise explain describe replace combine convert "
     "calculate compute solve suggest recommend analyze analyse compare identify classify design develop "
     "outline propose rewrite rephrase paraphrase insert append substitute swap encode decode encrypt "
     "reverse capitalize randomly define illustrate evaluate determine estimate plan schedule delete "
     "download search find change grant guide move buy make book reserve invite say respond get "
     "fetch set turn open withdraw sell deposit cancel modify enable adjust clear erase wipe conceal "
     "locate recall highlight emphasize omit shuffle mix discuss mention promote advertise end start "
     "begin include add increase establish introduce craft tease frame exaggerate hint imply"},
    {kRoutine, "click visit view unsubscribe see read follow let note join enjoy discover try"},
    {kAsk, "what how why who which when where"},
    {kReply, "response responses"},
    {kMine, "my me mine i i'm"},
    {kNot,
     "not never don't dont doesn't no without cannot can't won't sin ohne sans nicht keine free didn't "
     "shouldn't aucune aucun kein keinerlei ninguna ninguno nada senza sem zonder geen isn't aren't wasn't"},
    {kAttack,
     "injection attack attacker jailbreaking vulnerability vulnerabilities exploit manipulate manipulation "
     "adversarial defense defence defensive malicious pentest penetration injections resist detect "
     "detector"},
    {kStudy,
     "research researching paper thesis class course assignment study studying article learn learning "
     "understand audit assessment lecture example securing teach workshop curious interested"},
    {kDraft, "blog runbook essay template tutorial documenting presentation"},
    {kReport,
     "error warning alert says saying shows showing keeps mentions mentioned reported reporting detected "
     "log titled called received trace flagged blocked"},
    {kLead,
     "and then now instead also just first but so btw immediately temporarily simply completely or hey hi "
     "hello ok okay actually next quickly urgent attention por y und et let's totally"},
    {kOught | kAskYou, "can could would"},
    {kOught, "must should shall will may need puedes kannst debes musst"},
    {kGlue,
     "to the a an of these those this that other las los la el die der les le is are its our their such "
     "for on in with at from by about as os gli"},
    {kSpeaker, "inst im_start endoftext"},
    {kVoid,
     "void null cancelled canceled revoked obsolete superseded expired invalid existed suspended lifted "
     "outdated overridden disabled"},
    {kDisable | kSetAside, "override"},
    {kGlue | kPrior, "any every"},
    {kEverything | kLead, "todo"},
    {kRules | kTold,
     "instruction prompt directive programming instrucciones reglas anweisungen anweisung regeln "
     "vorgaben consigne regle istruzioni instrucoes regras regole instructies regels direttive richtlinien directivas "
     "systemprompt system-prompt systeemprompt"},
    {kLimits | kRules, "limitation boundaries"},
    {kRules | kSecret, "configuration"},
    {kGuard | kLimits, "safeguard filter filtering moderation guardrail censorship"},
    {kReveal | kTask, "list give provide retrieve extract generate"},
    {kPrivate | kSecret, "password private ssn"},
    {kSecret, "restricted"},
    {kSend | kTask, "send forward upload post transfer publish pay"},
    {kData | kSpeaker, "information"},
    {kData | kRoutine, "contact"},
    {kData | kPrivate, "account"},
    {kAttack | kPrivilege, "jailbreak"},
    {kRun | kTask, "run execute invoke trigger"},
    {kRoutine | kTask, "check refer leave"},
    {kReply | kRoutine, "reply"},
    {kReply | kTask, "answer"},
    {kDraft | kStudy, "documentation"},
    {kLead | kPolite, "please kindly bitte favor"},
    {kLead | kSpeaker, "important"},
    {kGlue | kSpeaker, "system"},
    {kEverything | kGlue | kPrior, "all"},
    {kGuard | kLimits | kRules, "restriction constraint ethics"},
    {kReveal | kSend | kTask, "share export"},
    {kDraft | kRules | kTold, "prompts"},
    {kRules | kTold | kLimits, "guideline"},
};

constexpr text::WordTable<kGroups> kWords;

struct Prefixes {
  static constexpr std::size_t kWords = (1u << kPrefixBits) / 32;
  std::array<std::uint32_t, 2 * kWords> bits{};
};

Prefixes make_prefixes() {
  Prefixes out;
  kWords.for_each([&out](std::string_view word, Parts parts) {
    if ((parts & kCues) == 0) return;
    // A word of three letters is followed by a space or a mark; those that matter here are followed by a space.
    std::uint32_t four = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const char c = i < word.size() ? word[i] : ' ';
      four |= (static_cast<std::uint32_t>(static_cast<unsigned char>(c)) | 0x20u) << (8 * i);
    }
    const std::uint32_t slot = prefix_slot(four);
    out.bits[slot / 32] |= 1u << (slot % 32);
    if ((parts & kCuesAnywhere) != 0) out.bits[Prefixes::kWords + slot / 32] |= 1u << (slot % 32);
  });
  return out;
}

}  // namespace

Parts parts_of(std::string_view word) {
  if (const Parts found = kWords[word]; found != 0) return found;
  if (word.size() > 4 && word.back() == 's')
    return kWords[word.substr(0, word.size() - (word[word.size() - 2] == '\'' ? 2 : 1))];
  return 0;
}

const std::uint32_t* prefixes() {
  static const Prefixes kMade = make_prefixes();  // constant once made; 8 kB that a module need not carry
  return kMade.bits.data();
}

}  // namespace agentmend::detectors::injection
