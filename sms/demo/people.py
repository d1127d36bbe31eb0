"""Who takes part in the demo: names, addresses and phones that follow from the seed and a person's number alone.

Student number 7 is the same person whether the demo has 12 students or 3,000, so it can grow.
The phone numbers have the form of real ones, with zeros that make it unlikely that they ring.
"""

import random
from collections.abc import Iterable

from sms.accounts.actions import register_student, remember_verified_address
from sms.accounts.models import User
from sms.authorization import roles
from sms.authorization.actions import NewPerson, create_people

PASSWORD = "mentorship"
DOMAIN = "example.com"
STUDENT_ID_PREFIX = "D12-"
BANGLA_SHARE = 0.12  # of the students write their name in Bangla script

MEN = (
    ("Tanvir", "তানভীর"), ("Rakib", "রাকিব"), ("Arif", "আরিফ"), ("Sajid", "সাজিদ"), ("Mahmud", "মাহমুদ"),
    ("Farhan", "ফারহান"), ("Imran", "ইমরান"), ("Nayeem", "নাঈম"), ("Shakil", "শাকিল"), ("Tareq", "তারেক"),
    ("Rifat", "রিফাত"), ("Zubair", "জুবায়ের"), ("Asif", "আসিফ"), ("Habib", "হাবিব"), ("Jahid", "জাহিদ"),
    ("Kamrul", "কামরুল"), ("Mehedi", "মেহেদী"), ("Nazmul", "নাজমুল"), ("Omar", "ওমর"), ("Parvez", "পারভেজ"),
    ("Rashed", "রাশেদ"), ("Sabbir", "সাব্বির"), ("Tamim", "তামিম"), ("Yasin", "ইয়াসিন"), ("Anik", "অনিক"),
    ("Biplob", "বিপ্লব"), ("Dipu", "দীপু"), ("Gourab", "গৌরব"), ("Prosenjit", "প্রসেনজিৎ"), ("Sourav", "সৌরভ"),
)  # fmt: skip
WOMEN = (
    ("Nusrat", "নুসরাত"), ("Jannat", "জান্নাত"), ("Sumaiya", "সুমাইয়া"), ("Mim", "মিম"), ("Tasnim", "তাসনিম"),
    ("Farzana", "ফারজানা"), ("Sadia", "সাদিয়া"), ("Raisa", "রাইসা"), ("Afsana", "আফসানা"), ("Lamia", "লামিয়া"),
    ("Nabila", "নাবিলা"), ("Ishrat", "ইশরাত"), ("Maliha", "মালিহা"), ("Orpa", "অর্পা"), ("Rumana", "রুমানা"),
    ("Sharmin", "শারমিন"), ("Tania", "তানিয়া"), ("Umme", "উম্মে"), ("Zerin", "জেরিন"), ("Ayesha", "আয়েশা"),
    ("Bristi", "বৃষ্টি"), ("Dola", "দোলা"), ("Fariha", "ফারিহা"), ("Keya", "কেয়া"), ("Moumita", "মৌমিতা"),
    ("Puja", "পূজা"), ("Ritu", "ঋতু"), ("Shreya", "শ্রেয়া"), ("Trisha", "তৃষা"), ("Mousumi", "মৌসুমী"),
)  # fmt: skip
FAMILIES = (
    ("Hasan", "হাসান"), ("Islam", "ইসলাম"), ("Ahmed", "আহমেদ"), ("Hossain", "হোসেন"), ("Rahman", "রহমান"),
    ("Chowdhury", "চৌধুরী"), ("Khan", "খান"), ("Uddin", "উদ্দিন"), ("Alam", "আলম"), ("Karim", "করিম"),
    ("Sarker", "সরকার"), ("Mia", "মিয়া"), ("Talukder", "তালুকদার"), ("Bhuiyan", "ভূঁইয়া"), ("Sikder", "সিকদার"),
    ("Mollah", "মোল্লা"), ("Haque", "হক"), ("Kabir", "কবির"), ("Siddique", "সিদ্দিক"), ("Das", "দাস"),
    ("Roy", "রায়"), ("Saha", "সাহা"), ("Paul", "পাল"), ("Barua", "বড়ুয়া"), ("Chakma", "চাকমা"),
    ("Ghosh", "ঘোষ"), ("Dey", "দে"), ("Biswas", "বিশ্বাস"), ("Sheikh", "শেখ"), ("Mondal", "মণ্ডল"),
)  # fmt: skip
CITIES = (
    "Dhaka", "Dhaka", "Dhaka", "Chattogram", "Chattogram", "Khulna", "Rajshahi", "Sylhet", "Barishal", "Rangpur",
    "Mymensingh", "Cumilla", "Gazipur", "Narayanganj", "Bogura", "Jashore", "Cox’s Bazar", "Dinajpur", "Tangail", "Noakhali",
)  # fmt: skip

STAFF = (
    ("admin", "Shahana Kabir", (roles.ADMIN,)),
    ("developer", "Rezaul Karim", (roles.DEVELOPER,)),
    ("manager", "Farida Yasmin", (roles.MANAGER,)),
    ("sre", "Nusrat Jahan", (roles.SRE,)),
    ("sre2", "Kamal Hossain", (roles.SRE,)),
    ("sre3", "Rubina Akter", (roles.SRE,)),
    ("sre4", "Saiful Islam", (roles.SRE,)),
    ("mentor", "Tahmid Rahman", (roles.MENTOR,)),
    ("mentor2", "Sabrina Haque", (roles.MENTOR,)),
    ("mentor.sre", "Tahmina Chowdhury", (roles.MENTOR, roles.SRE)),
)
CALLERS = ("sre", "sre2", "sre3", "sre4")
STUDENTS_WITH_ACCOUNT = {0: ("student", "Mim Islam"), 1: ("student2", "Rakib Ahmed")}
WAITING = ("waiting", "Jannat Sultana")


def address(account: str) -> str:
    return f"{account}@{DOMAIN}"


def student_id(number: int) -> str:
    return f"{STUDENT_ID_PREFIX}{number + 1:05}"


def student(seed: int, number: int) -> NewPerson:
    """The person with this number, counted from 0."""
    chance = random.Random(f"{seed}/student/{number}")
    name, local_part = _name(chance, number)
    account, fixed_name = STUDENTS_WITH_ACCOUNT.get(number, (local_part, name))
    return NewPerson(
        email=address(account),
        name=fixed_name,
        role_keys=(roles.STUDENT,),
        phone=f"+88017000{number + 1:05}",
        city=chance.choice(CITIES),
        student_id=student_id(number),
    )


def mentor(seed: int, number: int) -> NewPerson:
    """Mentors 0 and 1 are the two with demo accounts (STAFF); this tells who the others are."""
    name, _local_part = _name(random.Random(f"{seed}/mentor/{number}"), number, bangla_share=0.0)
    return NewPerson(
        email=address(mentor_account(number)), name=name, role_keys=(roles.MENTOR,), phone=f"+88018000{number + 1:05}"
    )


def mentor_account(number: int) -> str:
    return "mentor" if number == 0 else f"mentor{number + 1}"


def mentor_number(account: str) -> int:
    return int(account.removeprefix("mentor") or 1) - 1


def create_staff() -> None:
    """The accounts of interface.md, some colleagues, and one person with two roles."""
    staff = [
        NewPerson(email=address(account), name=name, role_keys=role_keys, phone=f"+88019000{place:05}")
        for place, (account, name, role_keys) in enumerate(STAFF, start=1)
    ]
    create(staff)


def create(people: Iterable[NewPerson]) -> list[User]:
    """People who can sign in at once."""
    return create_people(actor=None, people=people, password=PASSWORD)


def register_waiting_student() -> None:
    """Someone who registered themself and waits for staff to approve them."""
    account, name = WAITING
    user = register_student(email=address(account), name=name, password=PASSWORD, phone="+8801700099999")
    remember_verified_address([user])


def find(account: str) -> User:
    return User.objects.get(email=address(account))


def _name(chance: random.Random, number: int, bangla_share: float = BANGLA_SHARE) -> tuple[str, str]:
    """A name, and the part of an address before the @ that follows from it."""
    first, family = chance.choice(MEN if chance.random() < 0.55 else WOMEN), chance.choice(FAMILIES)
    script = int(chance.random() < bangla_share)
    return f"{first[script]} {family[script]}", f"{first[0]}.{family[0]}{number + 1}".lower()
